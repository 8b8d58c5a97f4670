#include "fault/folder.hpp"

#include <fstream>
#include <stdexcept>

namespace trunkline::fault {

namespace fs = std::filesystem;

void folder::put(fs::path const& file, std::string const& text)
{
    auto const target = dir_.path() / file;
    fs::create_directories(target.parent_path());
    std::ofstream out(target, std::ios::binary | std::ios::trunc);
    out << text;
    if (!out.flush()) throw std::runtime_error("cannot write " + target.string());
}

void folder::load(sync::file_set const& files)
{
    for (auto const& [file, text] : files_)
        if (!files.contains(file)) fs::remove(dir_.path() / file);
    merge(files);
    files_ = files;
}

void folder::merge(sync::file_set const& files)
{
    for (auto const& [file, text] : files) {
        auto const known = files_.find(file);
        if (known != files_.end() && known->second == text) continue;
        put(file, text);
        files_.insert_or_assign(file, text);
    }
}

std::string const& folder::text(std::string const& file) const
{
    return files_.at(file);
}

std::string const* folder::find(std::string const& file) const
{
    auto const found = files_.find(file);
    return found == files_.end() ? nullptr : &found->second;
}

void folder::erase(std::string const& file)
{
    if (files_.erase(file) > 0) fs::remove(dir_.path() / file);
}

void folder::write(std::string const& file, std::string text)
{
    merge({{file, std::move(text)}});
}

void folder::edit(std::string const& file, std::function<void(json::object&)> const& change)
{
    auto document = json::parse(text(file));
    change(document.as_object());
    write(file, json::to_text(document, json::style::pretty) + "\n");
}

} // namespace trunkline::fault
