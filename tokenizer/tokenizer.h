// The tokenizer ready for use: picture -> tokens -> picture.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tokenizer/bias_map.h"
#include "tokenizer/config.h"
#include "tokenizer/layout.h"
#include "tokenizer/partition.h"
#include "tokenizer/tokens.h"

namespace gpst {

class Log;
class RegionTables;
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

// Several pictures of one size: the tiles of a picture are neighbours. Where the tokenizer is.
struct EncodedBatch {
  Layout initial;     // [B*tiles*tiles,l,5]
  Tokens tokens;      // [B*tiles*tiles,l,5+c]
  int64_t tiles = 1;  // along a side of a picture
  // [B*tiles*tiles] int32 beside the tokens: what partition_regions found in the pictures, where
  // it cut them; else undefined.
  at::Tensor first_bad = {};
  int64_t tile_side = 0;

  // InputError when a picture held values that are not finite. Waits for the device; encode_batch
  // itself has refused such pictures where the host cuts them.
  void check() const;
  int64_t pictures() const { return tokens.tiles() / (tiles * tiles); }
  EncodedPicture picture(int64_t index) const;  // a view of its part
};

// Holds frozen weights; every method is const, records no gradients and may be called from several
// threads at once.
class Tokenizer {
 public:
  // Any of the three shapes of configuration (tokenizer/config.h); `weights` a safetensors file
  // with the published names. ConfigError, InputError, IoError.
  static Tokenizer load(const Config& config, const std::string& weights, Log& log);
  static Tokenizer load(const TokenizerOptions& options, const std::string& weights, Log& log);
  // One on `device` that computes in `type`, float32 or bfloat16 (ConfigError): maps channels-last,
  // everything that follows from the weights alone computed once, fused ops; on the CPU also
  // weights in the layout of its products. Tokens and geometry stay float32. Of one that is given
  // away the weights are let go one by one, so that they are in memory once. std::logic_error for
  // one that was placed already; DeviceError as ops/device.h.
  Tokenizer to(at::Device device, at::ScalarType type) const&;
  Tokenizer to(at::Device device, at::ScalarType type) &&;
  at::Device device() const;
  at::ScalarType type() const;

  // Takes a model in float32 as it is; switches it to evaluation.
  explicit Tokenizer(std::shared_ptr<TokenizerModel> model);
  ~Tokenizer();
  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;

  // One picture, from and to the host whatever the device.
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

  // Pictures [B,3,n*S,n*S] float32 on the host or on device(). Once placed, those on device() are
  // partitioned there and nothing waits for it, unless an attention map, duplicates or an unusual
  // gps_adaptive_w (no multiple of 0.5 up to 16) are asked for, which are the host's business. The
  // same errors as encode(), but see EncodedBatch::check.
  EncodedBatch encode_batch(const at::Tensor& pictures, const EncodeOptions& options = {}) const;
  // With partitions found beforehand, the tiles of each picture: for callers who partition on
  // threads of their own.
  EncodedBatch encode_batch(const at::Tensor& pictures,
                            std::span<const std::vector<Partition>> partitions) const;

  // Tokens [B*n*n,l,5+c] float32 of B pictures of n x n tiles -> pictures [B,3,n*S,n*S] in type(),
  // any strides, not clamped. Everything on device(); never waits for it.
  at::Tensor decode_batch(const at::Tensor& tokens, int64_t tiles = 1) const;

  const TokenizerOptions& options() const;

 private:
  EncodedBatch encode_regions(const at::Tensor& tiles, Layout initial, const at::Tensor& regions,
                              int64_t along) const;
  bool cuts_on_device(const at::Tensor& pictures, const EncodeOptions& options) const;
  EncodedBatch encode_on_device(const at::Tensor& pictures, const EncodeOptions& options) const;

  static Tokenizer placed(std::shared_ptr<TokenizerModel> plain, at::Device device,
                          at::ScalarType type);

  std::shared_ptr<TokenizerModel> model_;
  std::shared_ptr<const RegionTables> tables_;  // null until placed by to()
};

}  // namespace gpst
