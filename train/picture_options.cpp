#include "train/picture_options.h"

namespace gpst {
namespace {

// The published file nests these two.
struct Params {
  PictureDataOptions& data;
  void visit(FieldVisitor& v) {
    v.field({.name = "paths_or_file", .help = "pictures: folder, tar, list or file"},
            data.paths_or_file);
    v.field({.name = "size", .help = "side of the square crop, pixels", .min = 8, .max = 8192},
            data.size);
  }
};

}  // namespace

void PictureDataOptions::visit(FieldVisitor& v) {
  v.field({.name = "target",
           .help = "kind of data set; published files carry it",
           .choices = {"AdaptiveGPSDataset"}},
          target);
  v.field({.name = "num_workers", .help = "accepted, without effect: see --threads", .min = 0},
          num_workers);
  Params params{*this};
  group(v, "params", "what is read", params);
  v.field({.name = "flips", .help = "mirror half of the examples"}, flips);
  v.field({.name = "held_out", .help = "pictures kept aside for evaluation", .min = 0}, held_out);
  v.field({.name = "cache_mb", .help = "memory for decoded pictures, MiB", .min = 0, .max = 1e7},
          cache_mb);
}

}  // namespace gpst
