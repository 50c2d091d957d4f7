#include "base/config_yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <sstream>
#include <vector>

#include "base/error.h"

namespace gpst {
namespace {

using Kind = ConfigNode::Kind;

constexpr std::size_t kMaxDepth = 32;
constexpr std::size_t kMaxBytes = std::size_t{4} << 20;

// Builds the tree from the parser's events, so that nothing is copied or expanded before it has
// been looked at.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(const std::string& origin, LineNumbers line_numbers)
      : origin_(origin), line_numbers_(line_numbers) {}

  ConfigNode take_root() { return std::move(root_); }
  std::string place(const YAML::Mark& mark) const {
    if (line_numbers_ == LineNumbers::no) return origin_;
    return fmt::format("{}:{}", origin_, mark.line + 1);
  }
  [[noreturn]] void refuse(const YAML::Mark& mark, std::string_view what) const {
    throw ConfigError(fmt::format("{}: {}", place(mark), what));
  }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { add(mark, Kind::null, ""); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    refuse(mark, "aliases (*name) are not accepted; write the value out");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                const std::string& value) override {
    check_tag(mark, tag);
    if (expects_key()) {
      take_key(mark, value);
    } else {
      add(mark, Kind::scalar, value).quoted = tag == "!";
    }
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    check_tag(mark, tag);
    open(mark, Kind::list);
  }
  void OnSequenceEnd() override { path_.pop_back(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    check_tag(mark, tag);
    open(mark, Kind::map);
  }
  void OnMapEnd() override { path_.pop_back(); }

 private:
  // A container being filled: child indices from the root, since vectors move.
  struct Level {
    std::size_t child = 0;
    Kind kind = Kind::map;
    bool has_key = false;
    std::string key = {};
  };

  void check_tag(const YAML::Mark& mark, const std::string& tag) const {
    if (tag != "?" && tag != "!" && !tag.empty()) {
      refuse(mark, fmt::format("tags ({}) are not accepted; write the plain value", tag));
    }
  }

  bool expects_key() const {
    return !path_.empty() && path_.back().kind == Kind::map && !path_.back().has_key;
  }

  void take_key(const YAML::Mark& mark, const std::string& key) {
    if (key.empty()) refuse(mark, "expected a key, found an empty one");
    if (key.find('.') != std::string::npos) {
      refuse(mark, fmt::format("key \"{}\": a dot separates groups and cannot be in a key", key));
    }
    if (const ConfigNode* const earlier = container().member(key)) {
      refuse(mark, fmt::format("{}: the key stands twice, first at {}", key, earlier->origin));
    }
    path_.back().key = key;
    path_.back().has_key = true;
  }

  ConfigNode& container() {
    ConfigNode* node = &root_;
    for (std::size_t i = 1; i < path_.size(); ++i) node = &node->children[path_[i].child];
    return *node;
  }

  ConfigNode& add(const YAML::Mark& mark, Kind kind, const std::string& text) {
    if (expects_key()) refuse(mark, "expected a key that is text (is a bracket left open?)");
    ConfigNode node{.kind = kind, .text = text, .origin = place(mark)};
    if (path_.empty()) return root_ = std::move(node);
    Level& level = path_.back();
    node.key = std::exchange(level.key, {});
    level.has_key = false;
    return container().children.emplace_back(std::move(node));
  }

  void open(const YAML::Mark& mark, Kind kind) {
    if (path_.size() >= kMaxDepth) {
      refuse(mark, fmt::format("expected at most {} levels of nesting, found more", kMaxDepth));
    }
    add(mark, kind, "");
    const std::size_t child = path_.empty() ? 0 : container().children.size() - 1;
    path_.push_back({.child = child, .kind = kind});
  }

  const std::string& origin_;
  const LineNumbers line_numbers_;
  ConfigNode root_;
  std::vector<Level> path_;
};

}  // namespace

ConfigNode parse_yaml(std::string_view text, const std::string& origin, LineNumbers line_numbers) {
  if (text.size() > kMaxBytes) {
    throw ConfigError(fmt::format("{}: expected at most {} bytes of YAML, found {}", origin,
                                  kMaxBytes, text.size()));
  }
  // yaml-cpp takes the end of the text for the end of an open quote, unless a line begins there.
  const std::string_view end = text.ends_with('\n') ? "#" : "\n#";
  std::istringstream stream(fmt::format("{}{}", text, end));
  TreeBuilder builder(origin, line_numbers);
  try {
    YAML::Parser parser(stream);
    parser.HandleNextDocument(builder);
    ConfigNode root = builder.take_root();
    if (parser) {
      TreeBuilder rest(origin, line_numbers);
      if (parser.HandleNextDocument(rest)) {
        throw ConfigError(fmt::format("{}: expected one YAML document, found more (---)", origin));
      }
    }
    return root;
  } catch (const YAML::Exception& error) {
    throw ConfigError(fmt::format("{}: not valid YAML: {}", builder.place(error.mark), error.msg));
  }
}

}  // namespace gpst
