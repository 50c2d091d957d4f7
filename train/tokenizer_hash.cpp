#include "train/tokenizer_hash.h"

#include "base/files.h"
#include "base/hash.h"

namespace gpst {

std::string tokenizer_hash(const TokenizerOptions& options, const std::filesystem::path& weights) {
  const std::string yaml = to_yaml(options);
  const MappedFile file(weights.string());
  Xxh3 hash;
  hash.update(yaml.data(), yaml.size());
  hash.update(file.bytes().data(), file.bytes().size());
  return hash.hex();
}

}  // namespace gpst
