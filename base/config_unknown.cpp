#include <fmt/format.h>

#include <algorithm>

#include "base/config.h"
#include "base/config_value.h"
#include "base/nearest.h"

namespace gpst {
namespace {

constexpr std::string_view kAnything = ".*";

// The names that may stand where the last part of `key` stands.
std::vector<std::string> siblings(std::string_view key, const std::vector<std::string>& known) {
  const std::size_t dot = key.rfind('.');
  const std::string_view group =
      dot == std::string_view::npos ? std::string_view{} : key.substr(0, dot + 1);
  std::vector<std::string> names;
  for (const std::string& entry : known) {
    if (!entry.starts_with(group)) continue;
    const std::string rest = entry.substr(group.size());
    std::string name = rest.substr(0, rest.find('.'));
    if (std::count(names.begin(), names.end(), name) == 0) names.push_back(std::move(name));
  }
  return names;
}

// A name near by in the same group, or else the whole key that ends like this one elsewhere.
std::string suggestion(std::string_view key, const std::vector<std::string>& known) {
  const std::string_view name = key.substr(key.rfind('.') + 1);
  const std::string near = did_you_mean(name, siblings(key, known));
  if (!near.empty()) return near;
  for (const std::string& entry : known) {
    if (entry.ends_with(fmt::format(".{}", name))) return fmt::format("; did you mean {}?", entry);
  }
  return did_you_mean(key, known);
}

enum class Standing { unknown, field, group, free };

Standing standing_of(const std::string& key, const std::vector<std::string>& known) {
  Standing standing = Standing::unknown;
  for (const std::string& entry : known) {
    if (entry == key) return Standing::field;
    if (!entry.starts_with(key + '.')) continue;
    if (entry == key + std::string(kAnything)) return Standing::free;
    standing = Standing::group;
  }
  return standing;
}

// `full` is `key` with what subtree() cut off before it.
void check_members(const Config& config, const ConfigNode& map, const std::string& prefix,
                   const std::vector<std::string>& known) {
  for (const ConfigNode& child : map.children) {
    const std::string key = prefix + child.key;
    const auto complain = [&](const std::string& what) {
      refuse_value(child, config.full_key(key), what);
    };
    switch (standing_of(key, known)) {
      case Standing::field:
      case Standing::free:
        break;
      case Standing::unknown:
        complain("unknown key" + suggestion(key, known));
        break;
      case Standing::group:
        if (child.kind == ConfigNode::Kind::map) {
          check_members(config, child, key + '.', known);
        } else if (child.kind != ConfigNode::Kind::null) {
          complain("expected a group of keys, found " + format_found(child));
        }
        break;
    }
  }
}

}  // namespace

void Config::reject_unknown(const std::vector<std::string>& known) const {
  check_members(*this, root_, "", known);
}

}  // namespace gpst
