#pragma once

#include <filesystem>
#include <string>

namespace gpst {

// README.md of a model folder: its parts with parameters and training steps, as their weights files
// say, how to use it, and `note` (data, licence, purpose).
std::string model_card(const std::filesystem::path& folder, const std::string& note);

// A card that is there already with its table of parts as they are now; all else is left alone, and
// a card without such a table too.
std::string updated_model_card(std::string card, const std::filesystem::path& folder);

}  // namespace gpst
