#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "cli/command.h"

namespace gpst {

// Calls body(i) for 0 <= i < count on --threads worker threads, a picture at a time with one
// LibTorch thread each, so that the bytes of a result depend on nothing but the picture. Shows
// progress. Errors and interrupts as parallel_for.
void for_each_picture(const CommandContext& context, const std::string& label, int64_t count,
                      const std::function<void(int64_t i)>& body);

}  // namespace gpst
