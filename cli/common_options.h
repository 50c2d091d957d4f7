#pragma once

#include <cstdint>
#include <string>

#include "base/config.h"

namespace gpst {

// Options every command takes. They stand at the top level of the configuration (`seed: 1`).
// --help, --config, --set and --print-config are the parser's own (cli/parse.h).
struct CommonOptions {
  std::string device = "auto";
  std::string dtype = "auto";
  int64_t seed = 0;
  int64_t threads = 0;
  bool json = false;
  bool quiet = false;
  bool verbose = false;
  bool progress = true;
  bool dry_run = false;
  bool overwrite = false;

  void visit(FieldVisitor& v);

  // `threads`, or the number of cores when it is 0.
  int worker_threads() const;
};

}  // namespace gpst
