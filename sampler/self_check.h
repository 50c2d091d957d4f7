// What a model gives, recorded beside it, so that any machine can tell whether it still gives that.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sampler/model_place.h"

namespace gpst {

class Log;
class ModelFolder;

// Checksums of the weights, and the mean colours of 8x8 blocks of two pictures: a drawn test
// picture after encoding and decoding, and a sample of class 0 in four Euler steps. Block means are
// insensitive to the last bits in which machines differ.
struct SelfCheck {
  std::map<std::string, std::string> files;  // file name -> XXH3
  std::vector<double> reconstruction;        // [8,8,3] levels 0..255
  std::vector<double> sample;                // the same; empty for a model that cannot sample
};

// Its name in a model folder.
inline constexpr const char* kSelfCheckFile = "selfcheck.json";

// Mean colours may differ by this many of 255 levels.
inline constexpr double kSelfCheckTolerance = 2.0;

// Loads the model and makes the pictures at `place`, one at a time. Errors as those of loading.
SelfCheck run_self_check(const ModelFolder& model, Log& log, const ModelPlace& place = {});

// InputError when it is malformed.
void write_self_check(const std::string& path, const SelfCheck& check);
SelfCheck read_self_check(const std::string& path);

// What differs, a sentence each; empty when the model still gives what was recorded.
std::vector<std::string> self_check_differences(const SelfCheck& recorded, const SelfCheck& now);

}  // namespace gpst
