#include "cli/speed_table.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/philox.h"
#include "base/system.h"
#include "cli/tokenizer_setup.h"

namespace gpst {
namespace {

constexpr int kRuns = 7;

double milliseconds(const std::function<void()>& step) {
  const auto start = std::chrono::steady_clock::now();
  step();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

double median_milliseconds(const std::function<void()>& step) {
  step();  // the first run pays for memory and caches
  std::vector<double> times;
  for (int i = 0; i < kRuns; ++i) times.push_back(milliseconds(step));
  std::nth_element(times.begin(), times.begin() + kRuns / 2, times.end());
  return times[kRuns / 2];
}

// Adds NAME_ms, which `measure` finds, and NAME_peak_mib.
void add_row(nlohmann::ordered_json& table, const std::string& name,
             const std::function<double()>& measure) {
  forget_peak_memory();
  table[name + "_ms"] = measure();
  table[name + "_peak_mib"] = peak_memory_bytes() >> 20;
}

// Noise in [-1,1]: every region as complex as any other. [3,S,S]
at::Tensor noise_picture(int64_t side) {
  const at::Tensor picture = at::empty({3, side, side}, at::kFloat);
  PhiloxStream stream(0, 0, Purpose::initial_noise);
  stream.fill_uniform({picture.mutable_data_ptr<float>(), static_cast<size_t>(picture.numel())});
  return picture.mul_(2).sub_(1);
}

}  // namespace

nlohmann::ordered_json speed_table(const CommandContext& context) {
  std::optional<LoadedTokenizer> model;
  at::Tensor picture;  // [3,S,S]
  nlohmann::ordered_json table;
  const auto start_up = [&] {
    model = load_tokenizer(context, context.options<TokenizerFiles>(kModelFilesPrefix));
    picture = noise_picture(model->tokenizer.options().tile_side());
    model->tokenizer.partition(picture);
  };
  add_row(table, "start_up", [&] { return milliseconds(start_up); });
  const Tokenizer& tokenizer = model->tokenizer;
  const EncodedPicture encoded = tokenizer.encode(picture);
  const auto add_step = [&](const std::string& name, const std::function<void()>& step) {
    add_row(table, name, [&] { return median_milliseconds(step); });
  };
  add_step("partition", [&] { tokenizer.partition(picture); });
  add_step("encode", [&] { tokenizer.encode(picture); });
  add_step("decode", [&] { tokenizer.decode(encoded); });
  table["model"] = model->name;
  table["type"] = model->place.type_name();
  return table;
}

}  // namespace gpst
