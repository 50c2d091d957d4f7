#include <memory>

#include "base/log.h"
#include "bench/cpu_bench/row.h"
#include "sampler/load_sampler.h"

namespace gpst::bench {
namespace {

using SharedSampler = std::shared_ptr<const PictureSampler>;

SharedSampler load(const std::string& model) {
  const ModelFolder folder = ModelFolder::open(ModelFiles{.tokenizer = {.model = model}}, Config(),
                                               ModelFolder::ConfigFile::absent);
  LoadedSampler loaded = load_sampler(folder, {}, Rounding::truncate, Log::silent());
  return std::make_shared<const PictureSampler>(std::move(loaded.sampler));
}

constexpr SampleItem kItem{.index = 0, .label = 0, .nth = 0};

Row encode_row(const std::string& model) {
  return {model + " encode", [model] {
            const SharedSampler sampler = load(model);
            const at::Tensor picture = sampler->tokenizer().decode(sampler->tokens(kItem));
            return [sampler, picture] { sampler->tokenizer().encode(picture); };
          }};
}

Row decode_row(const std::string& model) {
  return {model + " decode", [model] {
            const SharedSampler sampler = load(model);
            return
                [sampler, tokens = sampler->tokens(kItem)] { sampler->tokenizer().decode(tokens); };
          }};
}

Row sample_row(const std::string& model, int workers) {
  return {.name = model + " sample a picture, as the model's settings say",
          .prepare = [model] { return [sampler = load(model)] { sampler->sampled(kItem); }; },
          .workers = workers,
          .unit = "pictures"};
}

}  // namespace

std::vector<Row> model_rows(const std::string& model, int workers) {
  std::vector<Row> rows = {encode_row(model), decode_row(model), sample_row(model, 1)};
  if (workers > 1) rows.push_back(sample_row(model, workers));
  return rows;
}

}  // namespace gpst::bench
