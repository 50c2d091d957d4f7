#pragma once

#include "base/log.h"
#include "cli/common_options.h"

namespace gpst {

// Checks --device and says (verbosely) what `auto` chose. DeviceError when CUDA is asked of a build
// or machine without it: there is no silent fall-back. UsageError for another name.
void check_device(const CommonOptions& common, Log& log);

}  // namespace gpst
