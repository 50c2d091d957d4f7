#pragma once

#include <filesystem>
#include <string>

#include "tokenizer/config.h"

namespace gpst {

// Identity of a tokenizer: XXH3 over its configuration and its weights file. Tokens, and the
// texture model trained on them, belong to the tokenizer that made them and to no other.
std::string tokenizer_hash(const TokenizerOptions& options, const std::filesystem::path& weights);

}  // namespace gpst
