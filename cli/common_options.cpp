#include "cli/common_options.h"

#include "base/parallel.h"

namespace gpst {

void CommonOptions::visit(FieldVisitor& v) {
  v.field({.name = "device", .help = "where to compute: auto, cpu, cuda or cuda:N"}, device);
  v.field({.name = "dtype",
           .help = "number format of the networks; auto: bf16 on a CPU that multiplies in it",
           .choices = {"auto", "fp32", "bf16"}},
          dtype);
  v.field({.name = "seed", .help = "seed of everything random", .min = 0}, seed);
  v.field({.name = "threads", .help = "worker threads, 0 for one a core", .min = 0, .max = 4096},
          threads);
  v.field({.name = "json", .help = "print one JSON object instead of text"}, json);
  v.field({.name = "quiet", .help = "nothing on stderr but errors"}, quiet);
  v.field({.name = "verbose", .help = "say more on stderr"}, verbose);
  v.field({.name = "progress", .help = "show progress; --no-progress hides it"}, progress);
  v.field({.name = "dry_run", .help = "check everything and say what would be done, write nothing"},
          dry_run);
  v.field({.name = "overwrite", .help = "replace existing outputs"}, overwrite);
}

int CommonOptions::worker_threads() const {
  return threads == 0 ? default_threads() : static_cast<int>(threads);
}

}  // namespace gpst
