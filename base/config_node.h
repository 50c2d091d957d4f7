// The tree a configuration is made of: YAML reduced to null, scalar, list and map, each node with
// the place it came from.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gpst {

struct ConfigNode {
  enum class Kind : std::uint8_t { null, scalar, list, map };
  // Who gave the value; a later one beats an earlier one.
  enum class Layer : std::uint8_t { file, environment, option };

  Kind kind = Kind::null;
  Layer layer = Layer::file;
  bool quoted = false;                    // a scalar that is text whatever it looks like
  std::string key = {};                   // name within the parent map
  std::string text = {};                  // of a scalar
  std::string origin = {};                // "configs/x.yaml:12", "--set a.b=c"
  std::vector<ConfigNode> children = {};  // items of a list, members of a map in file order

  const ConfigNode* member(std::string_view name) const;
  ConfigNode* member(std::string_view name);
};

// `a.b.c` below `root`, or nullptr; the empty key is `root` itself.
const ConfigNode* find_node(const ConfigNode& root, std::string_view dotted_key);

// Copies `from` over `to`, member by member; a value of an earlier layer never replaces one of a
// later layer.
void merge_node(ConfigNode& to, const ConfigNode& from);

}  // namespace gpst
