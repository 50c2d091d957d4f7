// A struct of options with every type of field, for the tests of the configuration.
#pragma once

#include "base/config.h"

namespace gpst {

enum class PathKind { linear, gvp };

struct NestedOptions {
  std::vector<std::int64_t> size{64, 64};
  std::optional<double> weight;
  void visit(FieldVisitor& v) {
    v.field({.name = "size", .help = "two sides", .min = 1, .min_items = 2, .max_items = 2}, size);
    v.field({.name = "weight", .help = "of what"}, weight);
  }
};

struct EveryOption {
  bool flag = false;
  std::int64_t gps_num = 128;
  int workers = 2;
  double lr = 5e-5;
  std::string name = "SiT-S";
  std::string loss_weight = "none";
  PathKind path = PathKind::linear;
  std::vector<double> factors;
  std::vector<std::string> words{"a", "true"};
  std::optional<std::int64_t> limit = 7;
  NestedOptions nested;

  void visit(FieldVisitor& v) {
    v.field({.name = "flag", .help = "on or off"}, flag);
    v.field({.name = "gps_num", .help = "Gaussians", .min = 1, .max = 100000}, gps_num);
    v.field({.name = "workers", .help = "threads", .min = 0}, workers);
    v.field({.name = "lr", .help = "learning rate", .min = 0}, lr);
    v.field({.name = "name", .help = "of the model"}, name);
    v.field({.name = "loss_weight", .help = "weighting", .choices = {"none", "velocity"}},
            loss_weight);
    constexpr std::array<EnumName<PathKind>, 2> kPaths{
        {{PathKind::linear, "Linear"}, {PathKind::gvp, "GVP"}}};
    enum_field(v, {.name = "path", .help = "path"}, path, kPaths);
    v.field({.name = "factors", .help = "numbers"}, factors);
    v.field({.name = "words", .help = "texts"}, words);
    v.field({.name = "limit", .help = "at most", .max = 10}, limit);
    group(v, "nested", "a group", nested);
  }
};

}  // namespace gpst
