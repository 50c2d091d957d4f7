// Texture training: tokens of a class from its layout (numerics.md 9).
#pragma once

#include <memory>
#include <optional>

#include "texture_gen/texture_model.h"
#include "tokenizer/tokenizer.h"
#include "train/generator_stage.h"

namespace gpst {

struct TextureTraining {
  TextureOptions texture = {};  // statistics are taken from the tokens
  TrainOptions train = {};
  TokenDataOptions data = {};
  TimeOptions time = {};
};

class TextureStage : public GeneratorStage {
 public:
  // `decoder` makes the sample pictures; without it there are none. ConfigError when the net and
  // the tokens do not fit together.
  TextureStage(const TextureTraining& options, TokenDataset data,
               std::shared_ptr<const Tokenizer> decoder);

  std::string name() const override { return "texture"; }
  void write_samples(const Ema& ema, const std::filesystem::path& png) override;
  // The statistics, which sampling needs, and the options that shaped the net.
  std::string record_json() const override;

 private:
  std::unique_ptr<TrainingNet> make_net() const override;
  std::vector<ChannelGroup> channel_groups() const override;

  TextureOptions texture_;
  std::string shaped_by_;  // the options that shape the generator, as YAML
  std::shared_ptr<const Tokenizer> decoder_;
};

}  // namespace gpst
