#include "tokenizer/tokens.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "ops/render_tiles.h"
#include "ops/token_columns.h"

namespace gpst {

Tokens::Tokens(at::Tensor values) : values_(std::move(values)) {
  if (!values_.defined() || values_.dim() != 3 || values_.size(2) <= kGeometry ||
      !values_.is_floating_point()) {
    throw InputError(fmt::format(
        "tokens: expected a floating tensor [B,l,{}+c], found {}", kGeometry,
        values_.defined()
            ? fmt::format("{} [{}]", values_.toString(), fmt::join(values_.sizes(), ","))
            : "no tensor"));
  }
}

int64_t Tokens::channels() const { return values_.size(2) - kGeometry; }
at::Tensor Tokens::geometry() const { return values_.narrow(2, 0, kGeometry); }
at::Tensor Tokens::sigma() const { return values_.narrow(2, kSigmaX, 2); }
at::Tensor Tokens::rho() const { return values_.narrow(2, kRho, 1); }
at::Tensor Tokens::mean() const { return values_.narrow(2, kX, 2); }
at::Tensor Tokens::features() const { return values_.narrow(2, kGeometry, channels()); }

Tokens merge_tiles(const Tokens& tokens, int64_t n) {
  return Tokens(merge_tile_tokens(tokens.values(), n));
}

}  // namespace gpst
