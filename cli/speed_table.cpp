#include "cli/speed_table.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>

#include "base/philox.h"
#include "cli/tokenizer_setup.h"

namespace gpst {
namespace {

constexpr int kRuns = 7;

double median_milliseconds(const std::function<void()>& step) {
  step();  // the first run pays for memory and caches
  std::vector<double> times;
  for (int i = 0; i < kRuns; ++i) {
    const auto start = std::chrono::steady_clock::now();
    step();
    times.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
            .count());
  }
  std::nth_element(times.begin(), times.begin() + kRuns / 2, times.end());
  return times[kRuns / 2];
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
  const LoadedTokenizer model =
      load_tokenizer(context, context.options<TokenizerFiles>(kModelFilesPrefix));
  const Tokenizer& tokenizer = model.tokenizer;
  const at::Tensor picture = noise_picture(tokenizer.options().tile_side());  // [3,S,S]
  const EncodedPicture encoded = tokenizer.encode(picture);
  return {{"model", model.name},
          {"partition_ms", median_milliseconds([&] { tokenizer.partition(picture); })},
          {"encode_ms", median_milliseconds([&] { tokenizer.encode(picture); })},
          {"decode_ms", median_milliseconds([&] { tokenizer.decode(encoded); })}};
}

}  // namespace gpst
