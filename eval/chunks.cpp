#include "eval/chunks.h"

#include "base/error.h"

namespace gpst {

LoadedPicture load_picture(const PendingPicture& pending) {
  LoadedPicture loaded{.index = pending.index,
                       .name = pending.name,
                       .location = pending.location,
                       .picture = {},
                       .reason = {}};
  try {
    loaded.picture = pending.load();
  } catch (const InputError& error) {
    loaded.reason = error.what();
  } catch (const IoError& error) {
    loaded.reason = error.what();
  }
  return loaded;
}

}  // namespace gpst
