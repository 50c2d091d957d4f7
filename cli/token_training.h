#pragma once

#include <filesystem>
#include <string>

#include "base/config.h"
#include "cli/command.h"
#include "train/token_dataset.h"

namespace gpst {

// The extracted tokens a generator is trained on.
struct TokenSourceOptions {
  std::string tokens;

  void visit(FieldVisitor& visitor);
};

// Opens --tokens. UsageError when it is missing; otherwise as TokenDataset::open.
TokenDataset open_tokens(const CommandContext& context);

// The table of classes that extraction left beside the tokens.
std::filesystem::path classes_of_tokens(const CommandContext& context);

}  // namespace gpst
