#include <ATen/ATen.h>
#include <fmt/format.h>

#include <memory>

#include "bench/cpu_bench/row.h"
#include "bench/random_tokens.h"
#include "bench/waves.h"
#include "ops/render.h"
#include "ops/render_ops.h"
#include "tokenizer/model.h"
#include "tokenizer/tokenizer.h"

namespace gpst::bench {
namespace {

// M128 with random weights: the published sizes are the defaults.
std::shared_ptr<const Tokenizer> m128(at::ScalarType type) {
  auto model = std::make_shared<TokenizerModel>(TokenizerOptions());
  initialise(*model, 1);
  return std::make_shared<const Tokenizer>(Tokenizer(model).to(at::kCPU, type));
}

Row partition_row() {
  return {"partition 256x256, 128 tokens", [] {
            return
                [tokenizer = m128(at::kFloat), input = waves(256)] { tokenizer->partition(input); };
          }};
}

Row render_row() {
  return {"render 64x64x16, 128 Gaussians", [] {
            return
                [input = random_tokens(1, 128, 16)] { render(input, {.height = 64, .width = 64}); };
          }};
}

Row render_gradient_row() {
  return {"render 64x64x16, 128 Gaussians, backward", [] {
            return [input = random_tokens(1, 128, 16), gradient = at::randn({1, 16, 64, 64})] {
              ops::render_backward(gradient, input, RenderOptions().dmax);
            };
          }};
}

Row encode_row(at::ScalarType type) {
  return {.name = fmt::format("M128 encode 256x256, {}", name_of(type)),
          .prepare =
              [type] {
                return [tokenizer = m128(type), input = waves(256)] { tokenizer->encode(input); };
              },
          .type = type};
}

Row decode_row(at::ScalarType type) {
  return {.name = fmt::format("M128 decode 256x256, {}", name_of(type)),
          .prepare =
              [type] {
                auto tokenizer = m128(type);
                return [tokenizer, encoded = tokenizer->encode(waves(256))] {
                  tokenizer->decode(encoded);
                };
              },
          .type = type};
}

}  // namespace

std::vector<Row> tokenizer_rows(at::ScalarType type) {
  std::vector<Row> rows;
  if (type == at::kFloat) rows = {partition_row(), render_row(), render_gradient_row()};
  rows.push_back(encode_row(type));
  rows.push_back(decode_row(type));
  return rows;
}

}  // namespace gpst::bench
