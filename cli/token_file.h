#pragma once

#include <cstdint>
#include <string>

#include "tokenizer/tokenizer.h"

namespace gpst {

// The tokens of one picture on disk (formats.md): a safetensors file with `tokens` [n*n,l,5+c] and
// `init` [n*n,l,5], and as metadata the tokenizer's id, the picture's side and tiles along it.
struct TokenFile {
  EncodedPicture picture;
  int64_t side = 0;        // of the picture, pixels
  std::string weights_id;  // of the tokenizer that made it (LoadedTokenizer)
};

// Written whole or not at all.
void write_token_file(const std::string& path, const TokenFile& file);

// InputError when the file is no token file of this kind.
TokenFile read_token_file(const std::string& path);

}  // namespace gpst
