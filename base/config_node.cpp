#include "base/config_node.h"

#include <algorithm>
#include <utility>

namespace gpst {

const ConfigNode* ConfigNode::member(std::string_view name) const {
  if (kind != Kind::map) return nullptr;
  const auto found = std::find_if(children.begin(), children.end(),
                                  [&](const ConfigNode& child) { return child.key == name; });
  return found == children.end() ? nullptr : &*found;
}

ConfigNode* ConfigNode::member(std::string_view name) {
  return const_cast<ConfigNode*>(std::as_const(*this).member(name));
}

const ConfigNode* find_node(const ConfigNode& root, std::string_view dotted_key) {
  const ConfigNode* node = &root;
  while (node != nullptr && !dotted_key.empty()) {
    const std::size_t dot = dotted_key.find('.');
    node = node->member(dotted_key.substr(0, dot));
    dotted_key = dot == std::string_view::npos ? std::string_view{} : dotted_key.substr(dot + 1);
  }
  return node;
}

void merge_node(ConfigNode& to, const ConfigNode& from) {
  if (from.kind == ConfigNode::Kind::map && to.kind == ConfigNode::Kind::map) {
    for (const ConfigNode& child : from.children) {
      if (ConfigNode* const present = to.member(child.key)) {
        merge_node(*present, child);
      } else {
        to.children.push_back(child);
      }
    }
    if (to.origin.empty()) to.origin = from.origin;
  } else if (from.layer >= to.layer) {
    std::string key = std::move(to.key);
    to = from;
    to.key = std::move(key);
  }
}

}  // namespace gpst
