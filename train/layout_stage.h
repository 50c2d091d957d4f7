// Layout training: the Gaussians of a class (numerics.md 8).
#pragma once

#include <memory>

#include "layout_gen/layout_model.h"
#include "train/generator_stage.h"

namespace gpst {

struct LayoutTraining {
  LayoutOptions layout = {};  // statistics are taken from the tokens
  TrainOptions train = {};
  TokenDataOptions data = {};
  TimeOptions time = {};
};

class LayoutStage : public GeneratorStage {
 public:
  // ConfigError when the net and the tokens do not fit together.
  LayoutStage(const LayoutTraining& options, TokenDataset data);

  std::string name() const override { return "layout"; }
  // Ellipses of generated layouts as they come out of the net, before calibration.
  void write_samples(const Ema& ema, const std::filesystem::path& png) override;
  // The statistics, which sampling needs, and the options that shaped the net.
  std::string record_json() const override;

 private:
  std::unique_ptr<TrainingNet> make_net() const override;
  std::vector<ChannelGroup> channel_groups() const override;

  LayoutOptions layout_;
  std::string shaped_by_;  // the options that shape the generator, as YAML
};

}  // namespace gpst
