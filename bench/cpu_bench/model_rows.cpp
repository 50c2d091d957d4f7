#include <fmt/format.h>

#include <memory>

#include "base/log.h"
#include "bench/cpu_bench/row.h"
#include "sampler/load_sampler.h"

namespace gpst::bench {
namespace {

using SharedSampler = std::shared_ptr<const PictureSampler>;

SharedSampler load(const std::string& model, at::ScalarType type) {
  const ModelFolder folder = ModelFolder::open(ModelFiles{.tokenizer = {.model = model}}, Config(),
                                               ModelFolder::ConfigFile::absent);
  LoadedSampler loaded = load_sampler(folder, {.place = {.type = type}}, Log::silent());
  return std::make_shared<const PictureSampler>(std::move(loaded.sampler));
}

constexpr SampleItem kItem{.index = 0, .label = 0, .nth = 0};

Row encode_row(const std::string& model, at::ScalarType type) {
  return {.name = fmt::format("{} encode, {}", model, name_of(type)),
          .prepare =
              [model, type] {
                const SharedSampler sampler = load(model, type);
                const at::Tensor picture = sampler->tokenizer().decode(sampler->tokens(kItem));
                return [sampler, picture] { sampler->tokenizer().encode(picture); };
              },
          .type = type};
}

Row decode_row(const std::string& model, at::ScalarType type) {
  return {.name = fmt::format("{} decode, {}", model, name_of(type)),
          .prepare =
              [model, type] {
                const SharedSampler sampler = load(model, type);
                return [sampler, tokens = sampler->tokens(kItem)] {
                  sampler->tokenizer().decode(tokens);
                };
              },
          .type = type};
}

Row sample_row(const std::string& model, int workers, at::ScalarType type) {
  return {.name = fmt::format("{} sample a picture, {}", model, name_of(type)),
          .prepare = [model,
                      type] { return [sampler = load(model, type)] { sampler->sampled(kItem); }; },
          .type = type,
          .copies = workers,
          .unit = "pictures"};
}

}  // namespace

std::vector<Row> model_rows(const std::string& model, int workers, at::ScalarType type) {
  std::vector<Row> rows = {encode_row(model, type), decode_row(model, type),
                           sample_row(model, 1, type)};
  if (workers > 1) rows.push_back(sample_row(model, workers, type));
  return rows;
}

}  // namespace gpst::bench
