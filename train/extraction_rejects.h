// The pictures of an extraction that have no tokens.
#pragma once

#include <cstdint>
#include <filesystem>
#include <unordered_set>

#include "train/extract.h"

namespace gpst {

// Writes rejects.jsonl: a line for every picture of the job that is not among `made`, in their
// order, from the lines that all processes and earlier runs left; removes it when there is none.
void join_rejects(const std::filesystem::path& folder, const ExtractJob& job,
                  const std::unordered_set<int64_t>& made);

}  // namespace gpst
