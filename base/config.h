// Layered configuration: default < YAML file < environment (GPST_A_B for key a.b) < --set and
// options. Every value remembers where it came from, so an error reads
//
//   configs/x.yaml:12: gpsconfig.gps_numm: unknown key; did you mean gps_num?
//   configs/x.yaml:13: gpsconfig.gps_num: expected an integer in [1, 100000], found "abc"
//
// Usage:
//   Config config = Config::from_yaml_file(path);
//   config.apply_environment();
//   config.set("sampling.steps", "50", "--steps");
//   config.reject_unknown(known_keys<SamplingOptions>("sampling"));
//   SamplingOptions options;
//   config.read("sampling", options);
//
// YAML that is accepted: one document of maps, lists and scalars, at most 4 MiB and 32 levels deep.
// Refused with ConfigError: duplicate keys, aliases, tags, keys that are not text, more documents.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/config_node.h"
#include "base/field_visitor.h"

namespace gpst {

class Config {
 public:
  Config();  // empty
  // Reads a file. IoError: cannot be read; ConfigError: not acceptable YAML, with file and line.
  static Config from_yaml_file(const std::string& path);
  // Reads text; `origin` is the name that stands before the line number in messages.
  static Config from_yaml_text(std::string_view text, const std::string& origin);

  // Sets one value in the strongest layer. A `yaml_value` that begins with [ { " or ' is YAML, any
  // other is taken as it stands; for a list field `64,64` is as good as `[64, 64]`. `origin` is
  // what the user wrote ("--steps", "--set a.b=c"). UsageError: no key, or not YAML.
  void set(std::string_view dotted_key, std::string_view yaml_value, const std::string& origin);
  // Puts `other` under `prefix` ("" = at the top). Its values replace those of the same layer.
  void merge_under(std::string_view prefix, const Config& other);
  // Takes the variables GPST_* of the process into the environment layer: key `a.b_c` is read from
  // GPST_A_B_C. An empty variable counts as absent.
  void apply_environment();

  // Whether a value (or group) of this key was given by a file, the environment or an option.
  bool has(std::string_view dotted_key) const;
  // Where it was given; "default" when it was not.
  std::string origin(std::string_view dotted_key) const;
  // What stands under `prefix`, as a configuration of its own. Messages still name the full key.
  // ConfigError if there is a value where a group should be; absent: an empty configuration.
  Config subtree(std::string_view prefix) const;
  // What files and options hold, as YAML (without defaults and environment, which only a struct of
  // options can name: see to_yaml(options)).
  std::string to_yaml() const;
  const ConfigNode& root() const { return root_; }

  // Fills the fields of `options` that were given under `prefix` and checks type, range and choice.
  // ConfigError with origin, key, what was expected and what was found; UsageError in its place for
  // a value that set() took from the call.
  template <Visitable T>
  void read(std::string_view prefix, T& options) const;
  // Refuses, as read(), the first key that is not in `known` (see known_keys). An entry `a.b.*`
  // accepts everything under a.b.
  void reject_unknown(const std::vector<std::string>& known) const;

  // The value of the environment layer for this key, nullptr when there is none.
  const ConfigNode* environment_value(std::string_view dotted_key) const;
  // `dotted_key` with the prefix this configuration was cut from by subtree().
  std::string full_key(std::string_view dotted_key) const;
  // The value that wins among environment, files and options; nullptr: the default holds.
  const ConfigNode* winning_value(std::string_view dotted_key) const;

 private:
  ConfigNode root_;
  std::map<std::string, ConfigNode, std::less<>> environment_;  // by "A_B", without GPST_
  std::string path_;                                            // where subtree() cut it
};

// A visitor that fills fields from a configuration.
class ConfigReader : public FieldVisitor {
 public:
  ConfigReader(const Config& config, std::string_view prefix);
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

 private:
  template <class T>
  void read_field(const FieldInfo& info, T& value);

  const Config& config_;
  std::vector<std::string> groups_;
};

template <Visitable T>
void Config::read(std::string_view prefix, T& options) const {
  ConfigReader reader(*this, prefix);
  options.visit(reader);
}

}  // namespace gpst

#include "base/config_docs.h"  // known_keys, to_yaml, describe
