#include "base/enum_names.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/error.h"

namespace gpst {

void refuse_enum_name(std::string_view what, std::string_view name,
                      const std::vector<std::string_view>& known) {
  throw ConfigError(
      fmt::format("{} '{}' is unknown: expected one of {}", what, name, fmt::join(known, ", ")));
}

}  // namespace gpst
