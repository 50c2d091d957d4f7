// Which of the known names somebody may have meant.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace gpst {

// The name with the fewest single edits (insert, delete, replace, swap neighbours) from `word`,
// letter case and - _ aside; the first of equals. "" when none is within a third of the word's
// length (at least one edit).
std::string nearest(std::string_view word, std::span<const std::string> names);

// "; did you mean NAME?", or "" when nothing is near.
std::string did_you_mean(std::string_view word, std::span<const std::string> names);

}  // namespace gpst
