// The golden tokenizers (`tokenizer_*` of the golden directory), each loaded once.
#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/support/golden_tensor.h"
#include "tokenizer/model.h"
#include "tokenizer/stage_trace.h"
#include "tokenizer/tokenizer.h"

namespace gpst {

class GoldenTokenizer {
 public:
  // Folder names, sorted.
  static const std::vector<std::string>& names();
  // Those that have the file, or have it not; for INSTANTIATE_TEST_SUITE_P.
  static std::vector<std::string> names_with(const std::string& file);
  static std::vector<std::string> names_without(const std::string& file);
  // Loads at the first call; later ones get the same object.
  static GoldenTokenizer& get(const std::string& name);

  std::shared_ptr<TokenizerModel> model() const { return model_; }
  Tokenizer tokenizer() const { return Tokenizer(model_); }
  const SafetensorsFile& io() const { return io_; }
  const nlohmann::json& meta() const { return meta_; }
  SafetensorsFile open(const std::string& file) const { return open_golden(folder_ + "/" + file); }

  at::Tensor pictures() const;  // image_u8 as [b,3,S,S] float32
  // The part of a stage's result that is stored (meta.json, "subsampling").
  at::Tensor stored_part(const at::Tensor& whole, const std::string& stage) const;
  // Compares pictures [b',3,S,S] with the first golden reconstructions: whole ones (`recon`, may be
  // fewer than b') or every other pixel (`recon_sub2`), whichever is stored.
  ::testing::AssertionResult recon_close(const at::Tensor& pictures,
                                         const Tolerance& tolerance) const;
  // 10 * spread + 2e-6 * max|value|, the README's general rule.
  double fair_tolerance(const std::string& stage) const;

  // Stages of the encoder on pictures(), and of the decoder on the golden tokens, computed once.
  const StageTrace& encoder_stages();
  const StageTrace& decoder_stages();  // also "rendered" and "recon"

 private:
  explicit GoldenTokenizer(const std::string& folder);

  std::string folder_;
  SafetensorsFile io_;
  nlohmann::json meta_;
  std::shared_ptr<TokenizerModel> model_;
  StageTrace encoder_stages_, decoder_stages_;
};

// uint8 [...,H,W,3] -> float32 [...,3,H,W] in [-1,1]: v/127.5 - 1 in double, rounded once.
at::Tensor picture_of_u8(const at::Tensor& u8);
// [...,3,H,W] -> uint8 [...,H,W,3], truncated.
at::Tensor u8_of_picture(const at::Tensor& picture);
// Differences of at most 1, on less than 1 % of the values.
::testing::AssertionResult u8_close(const at::Tensor& actual, const at::Tensor& expected);

}  // namespace gpst
