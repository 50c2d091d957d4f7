#include "cli/token_training.h"

#include "base/error.h"

namespace gpst {

void TokenSourceOptions::visit(FieldVisitor& v) {
  v.field({.name = "tokens", .help = "folder of tokens that 'gpstoken extract' made"}, tokens);
}

TokenDataset open_tokens(const CommandContext& context) {
  const auto options = context.options<TokenSourceOptions>("");
  if (options.tokens.empty()) {
    throw UsageError("--tokens: the folder of tokens is missing; 'gpstoken extract' makes one");
  }
  return TokenDataset::open(options.tokens);
}

std::filesystem::path classes_of_tokens(const CommandContext& context) {
  return std::filesystem::path(context.options<TokenSourceOptions>("").tokens) / "classes.tsv";
}

}  // namespace gpst
