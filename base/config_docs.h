// What a struct of options has to say about itself: its keys, its values as YAML, its
// documentation. Included by config.h.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/field_visitor.h"

namespace gpst {

// One field as --help, the man page and docs/config.md show it.
struct FieldDoc {
  std::string key;            // with the names of its groups: "gpsconfig.gps_num"
  std::string type;           // "integer", "number", "text", "true or false", "list of integers"...
  std::string default_value;  // as YAML
  std::string range;          // "[1, 100000]", "linear | gvp", "" when free
  std::string help;
};

// Writes down every field it visits.
class FieldLister : public FieldVisitor {
 public:
  explicit FieldLister(std::string_view prefix = {});
  using FieldVisitor::field;
  void field(const FieldInfo& info, bool& value) override;
  void field(const FieldInfo& info, std::int64_t& value) override;
  void field(const FieldInfo& info, double& value) override;
  void field(const FieldInfo& info, std::string& value) override;
  void field(const FieldInfo& info, std::vector<std::int64_t>& value) override;
  void field(const FieldInfo& info, std::vector<double>& value) override;
  void field(const FieldInfo& info, std::vector<std::string>& value) override;
  void field(const FieldInfo& info, std::optional<std::int64_t>& value) override;
  void field(const FieldInfo& info, std::optional<double>& value) override;
  void begin_group(std::string_view name, std::string_view help) override;
  void end_group() override;

  const std::vector<FieldDoc>& docs() const { return docs_; }
  std::string yaml() const;  // the values visited, nested by group

 private:
  void add(const FieldInfo& info, std::string type, std::string value);
  std::vector<std::string> groups_;
  std::vector<FieldDoc> docs_;
};

template <Visitable T>
std::vector<FieldDoc> describe(T options = {}, std::string_view prefix = {}) {
  FieldLister lister(prefix);
  options.visit(lister);
  return lister.docs();
}

// The dotted keys of all fields, each below `prefix`.
template <Visitable T>
std::vector<std::string> known_keys(std::string_view prefix, T options = {}) {
  std::vector<std::string> keys;
  for (const FieldDoc& doc : describe(std::move(options), prefix)) keys.push_back(doc.key);
  return keys;
}

// The resolved configuration: every field with its present value, readable by Config.
template <Visitable T>
std::string to_yaml(T options) {
  FieldLister lister;
  options.visit(lister);
  return lister.yaml();
}

}  // namespace gpst
