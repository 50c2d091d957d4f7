#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <numeric>

#include "base/log.h"
#include "bench/cpu_bench/row.h"
#include "bench/waves.h"
#include "image/picture_source.h"
#include "image/png.h"
#include "tests/support/temporary_folder.h"
#include "tokenizer/model.h"
#include "tokenizer/picture_tensor.h"
#include "train/extract.h"
#include "train/layout_stage.h"
#include "train/texture_stage.h"
#include "train/tokenizer_stage.h"
#include "train/training_step.h"

namespace gpst::bench {
namespace {

namespace fs = std::filesystem;

struct Training {
  std::string configs;  // folder
  std::string stage;
  at::ScalarType type = at::kFloat;
  int threads = 1;
  int64_t batch = 0;  // 0: the configuration's

  Config config() const { return config_of(stage); }
  // A folder without tokenizer.yaml is that of the published models.
  Config config_of(const std::string& name) const {
    const fs::path own = fs::path(configs) / (name + ".yaml");
    const bool published = name == "tokenizer" && !fs::exists(own);
    return Config::from_yaml_file((published ? fs::path(configs) / "m128.yaml" : own).string());
  }
  TrainOptions options() const {
    TrainOptions train;
    config().read("train", train);
    train.dtype = name_of(type);
    if (batch > 0) train.batch_size = batch;
    return train;
  }
  // On the disk; steps go through them again and again.
  int64_t pictures() const { return std::min<int64_t>(64, 4 * options().batch_size); }
};

void write_pictures(const fs::path& folder, int64_t count, int64_t side) {
  fs::create_directories(folder);
  for (int64_t i = 0; i < count; ++i) {
    write_png(folder / fmt::format("{:03}.png", i),
              picture_from(waves(side, 0.3 * static_cast<double>(i)), Rounding::nearest));
  }
}

// Tokens of the pictures by a tokenizer with random weights.
void write_tokens(const TokenizerOptions& options, const fs::path& pictures,
                  const fs::path& folder) {
  auto model = std::make_shared<TokenizerModel>(options);
  initialise(*model, 1);
  const Tokenizer tokenizer = Tokenizer(model).to(at::kCPU, at::kFloat);
  const PictureSource source = PictureSource::open({pictures.string()});
  std::vector<int64_t> positions(static_cast<size_t>(source.size()));
  std::iota(positions.begin(), positions.end(), 0);
  const std::vector<int64_t> labels(positions.size(), 0);
  ExtractOptions extraction;
  extraction.flips = true;
  extraction.show_progress = false;
  extract_tokens({.tokenizer = tokenizer,
                  .tokenizer_hash = "random",
                  .tokenizer_config = "",
                  .source = source,
                  .positions = positions,
                  .labels = labels,
                  .classes = 1},
                 extraction, folder, Log::silent());
}

std::unique_ptr<Stage> tokenizer_stage(const Training& training, const fs::path& folder) {
  TokenizerTraining options;
  const Config config = training.config();
  options.tokenizer = read_tokenizer_options(config);
  options.train = training.options();
  config.read("data", options.data);
  config.read("loss", options.loss);
  options.data.held_out = 0;
  if (training.batch > 0) options.loss = {};  // published losses need networks
  write_pictures(folder, training.pictures(), options.tokenizer.tile_side());
  return std::make_unique<TokenizerStage>(options, LossNetworks(),
                                          PictureSource::open({folder.string()}), Log::silent());
}

TokenDataset tokens(const Training& training, const fs::path& folder) {
  const TokenizerOptions tokenizer = read_tokenizer_options(training.config_of("tokenizer"));
  write_pictures(folder / "pictures", training.pictures(), tokenizer.tile_side());
  write_tokens(tokenizer, folder / "pictures", folder / "tokens");
  return TokenDataset::open(folder / "tokens");
}

std::unique_ptr<Stage> texture_stage(const Training& training, const fs::path& folder) {
  const Config config = training.config();
  TextureTraining options{.texture = read_texture_options(config), .train = training.options()};
  config.read("time", options.time);
  return std::make_unique<TextureStage>(options, tokens(training, folder), nullptr);
}

std::unique_ptr<Stage> layout_stage(const Training& training, const fs::path& folder) {
  const Config config = training.config();
  LayoutTraining options{.layout = read_layout_options(config), .train = training.options()};
  config.read("time", options.time);
  return std::make_unique<LayoutStage>(options, tokens(training, folder));
}

std::unique_ptr<Stage> stage_of(const Training& training, const fs::path& folder) {
  if (training.stage == "tokenizer") return tokenizer_stage(training, folder);
  if (training.stage == "texture") return texture_stage(training, folder);
  return layout_stage(training, folder);
}

// One step after the other.
struct Run {
  explicit Run(const Training& training)
      : options(training.options()),
        stage(stage_of(training, folder.path())),
        steps(*stage, options, training.threads) {}
  void operator()() { steps.run(++step); }

  TemporaryFolder folder;
  TrainOptions options;
  std::unique_ptr<Stage> stage;
  TrainingSteps steps;
  int64_t step = 0;
};

Row step_row(const Training& training) {
  return {.name = fmt::format("train {}, a step, {}", training.stage, name_of(training.type)),
          .prepare = [training] { return [run = std::make_shared<Run>(training)] { (*run)(); }; },
          .type = training.type,
          .threads = training.threads,
          .unit = "samples",
          .units = training.options().batch_size};
}

}  // namespace

std::vector<Row> training_rows(const std::string& configs, int64_t batch, int workers,
                               at::ScalarType type) {
  std::vector<int> threads = {1};
  if (workers > 1) threads.push_back(workers);
  std::vector<Row> rows;
  for (const char* stage : {"tokenizer", "texture", "layout"}) {
    for (const int count : threads) {
      rows.push_back(step_row(
          {.configs = configs, .stage = stage, .type = type, .threads = count, .batch = batch}));
    }
  }
  return rows;
}

}  // namespace gpst::bench
