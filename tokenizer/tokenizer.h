// The tokenizer ready for use: picture -> tokens -> picture.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tokenizer/bias_map.h"
#include "tokenizer/config.h"
#include "tokenizer/layout.h"
#include "tokenizer/partition.h"
#include "tokenizer/tokens.h"

namespace gpst {

class Log;
class TokenizerModel;

struct EncodeOptions {
  std::optional<int64_t> tokens = {};  // of a tile; absent: gps_num
  WeightMap attention = {};            // where more tokens should go; empty: nowhere
  bool allow_duplicates = false;  // as the published program when nothing can be split any more
};

// A picture as Gaussians. Tiles stand in row-major order, coordinates are relative to the tile.
struct EncodedPicture {
  Layout initial;     // [tiles*tiles,l,5]
  Tokens tokens;      // [tiles*tiles,l,5+c]
  int64_t tiles = 1;  // along a side
};

// Holds frozen weights; every method is const, records no gradients and may be called from several
// threads at once.
class Tokenizer {
 public:
  // Any of the three shapes of configuration (tokenizer/config.h); `weights` a safetensors file
  // with the published names. ConfigError, InputError, IoError.
  static Tokenizer load(const Config& config, const std::string& weights, Log& log);
  static Tokenizer load(const TokenizerOptions& options, const std::string& weights, Log& log);
  // Takes a model in float32 as it is; switches it to evaluation.
  explicit Tokenizer(std::shared_ptr<TokenizerModel> model);
  ~Tokenizer();
  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;

  // picture [3,n*S,n*S] float32 in [-1,1]. InputError for another size, or more tokens than fit.
  EncodedPicture encode(const at::Tensor& picture, const EncodeOptions& options = {}) const;

  // The regions encode() starts from, tile by tile. The same errors.
  std::vector<Partition> partition(const at::Tensor& picture /*[3,n*S,n*S]*/,
                                   const EncodeOptions& options = {}) const;

  // Tokens of `tiles` x `tiles` tiles -> picture [3,tiles*S,tiles*S], not clamped. How several
  // tiles come together is options().tile_rule().
  at::Tensor decode(const Tokens& tokens, int64_t tiles = 1) const;
  at::Tensor decode(const EncodedPicture& picture) const {
    return decode(picture.tokens, picture.tiles);
  }

  const TokenizerOptions& options() const;

 private:
  std::shared_ptr<TokenizerModel> model_;
};

}  // namespace gpst
