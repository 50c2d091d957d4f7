// Inception with the weights of the golden rule, made once a test program and prefix.
#pragma once

#include <map>
#include <string>

#include "eval/inception.h"
#include "tests/support/rule_weights.h"
#include "tests/support/temporary_folder.h"

namespace gpst {

inline const Inception& rule_inception_net(const std::string& prefix) {
  static std::map<std::string, Inception> nets;
  const auto known = nets.find(prefix);
  if (known != nets.end()) return known->second;
  const TemporaryFolder folder;
  const std::string path = folder / "inception.safetensors";
  write_rule_inception(path, prefix);
  return nets.emplace(prefix, Inception::load(path)).first->second;
}

}  // namespace gpst
