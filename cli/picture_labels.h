#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "image/picture_source.h"
#include "sampler/class_list.h"
#include "sampler/model_folder.h"

namespace gpst {

// The classes that pictures are labelled with: the file `named`, else the model's classes.tsv, else
// the sorted names of the pictures' folders (one class, "picture", for pictures without a folder).
ClassTable class_table_for(const PictureSource& source, const ModelFolder& model,
                           const std::string& named);

// The label of each of these pictures: the row of the table whose wnid (or name) is the first part
// of the picture's path. InputError naming a picture that has no class.
std::vector<int64_t> labels_of(const PictureSource& source, const std::vector<int64_t>& positions,
                               const ClassTable& table);

// classes.tsv as ClassTable reads it.
std::string class_table_text(const ClassTable& table);

}  // namespace gpst
