#pragma once

#include <filesystem>
#include <string>

namespace gpst {

// README.md of a model folder: its parts with parameters and training steps, as their weights files
// say, how to use it, and `note` (data, licence, purpose).
std::string model_card(const std::filesystem::path& folder, const std::string& note);

}  // namespace gpst
