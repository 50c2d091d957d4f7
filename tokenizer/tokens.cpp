#include "tokenizer/tokens.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <utility>

#include "base/error.h"
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
  if (n < 1 || tokens.tiles() % (n * n) != 0) {
    throw InputError(fmt::format("merging tiles: {} tiles found, expected a multiple of {} x {}",
                                 tokens.tiles(), n, n));
  }
  if (n == 1) return tokens;
  const int64_t pictures = tokens.tiles() / (n * n);
  // The middle of tile (i,j) on the canvas is ((2j+1)/n - 1, (2i+1)/n - 1); a tile's own
  // coordinates shrink by n around it.
  const at::Tensor middle = (at::arange(n, tokens.values().options()) * 2 + 1) / n - 1;  // [n]
  const at::Tensor middles = at::stack({middle.expand({n, n}),                // x by column
                                        middle.unsqueeze(1).expand({n, n})},  // y by row
                                       -1)
                                 .reshape({1, n * n, 1, 2});
  const auto by_picture = [&](const at::Tensor& part) {  // [B*n*n,l,k] -> [B,n*n,l,k]
    return part.reshape({pictures, n * n, tokens.tokens(), part.size(2)});
  };
  const at::Tensor merged =
      at::cat({by_picture(tokens.sigma()) / n, by_picture(tokens.rho()),
               by_picture(tokens.mean()) / n + middles, by_picture(tokens.features())},
              -1);  // [B,n*n,l,5+c]
  return Tokens(merged.reshape({pictures, n * n * tokens.tokens(), merged.size(3)}));
}

}  // namespace gpst
