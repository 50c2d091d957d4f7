#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace gpst {

// A token file to read, and its name below an output folder (with '/', without extension).
struct TokenInput {
  std::filesystem::path path;
  std::string stem;
};

// Token files named one by one (their name is kept) or in folders (searched recursively for
// .safetensors, the path below the folder is kept), sorted. IoError: an absent path. InputError:
// none found, or two of the same name.
std::vector<TokenInput> find_token_files(const std::vector<std::string>& inputs);

}  // namespace gpst
