#include "cli/picture_command.h"

#include <utility>

namespace gpst {

Command picture_command(Command own) {
  own.operands = "INPUT...";
  own.operands_option = "input";
  own.groups.insert(own.groups.begin(),
                    OptionGroup::of<TokenizerFiles>("Model", kModelFilesPrefix));
  own.aliases = {{"i", "input"},
                 {"o", "output"},
                 {"m", "model"},
                 {"data_path", "input"},
                 {"data_size", "size"},
                 {"model_path", "tokenizer"},
                 {"gpstoken_path", "tokenizer"}};
  return own;
}

}  // namespace gpst
