// LPIPS with the weights of the golden rule, made once a test program, trunk and prefix.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "eval/lpips.h"
#include "tests/support/rule_weights.h"
#include "tests/support/temporary_folder.h"

namespace gpst {

inline const Lpips& rule_lpips_net(LpipsNet net, const std::string& prefix) {
  static std::map<std::pair<LpipsNet, std::string>, Lpips> nets;
  const auto known = nets.find({net, prefix});
  if (known != nets.end()) return known->second;
  const TemporaryFolder folder;
  const std::string path = folder / "lpips.safetensors";
  write_rule_lpips(path, net, prefix);
  return nets.emplace(std::pair(net, prefix), Lpips::load({path})).first->second;
}

}  // namespace gpst
