#include "sync/bundle_files.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string_view>
#include <system_error>

namespace trunkline::sync::detail {

namespace fs = std::filesystem;

std::string read_text(fs::path const& file)
{
    std::error_code ec;
    if (fs::is_directory(file, ec)) throw problem("is a directory");
    std::ifstream in(file, std::ios::binary);
    if (!in) throw problem("cannot be read: " + std::string(std::strerror(errno)));
    std::string text(std::istreambuf_iterator<char>(in), {});
    if (in.bad()) throw problem("cannot be read to its end");
    return text;
}

json::value read_json(fs::path const& file)
{
    json::parse_error where;
    auto document = json::parse(read_text(file), where);
    if (!document) throw problem(where.message());
    if (!document->is_object()) throw problem("is not a JSON object");
    return std::move(*document);
}

std::string unescape(std::string text)
{
    return text.starts_with("@@") ? text.substr(1) : text;
}

namespace {

constexpr std::string_view file_prefix = "@file:";

void load_prompt(fs::path const& dir, json::value* field)
{
    if (!field || !field->is_string()) return;
    auto& text = field->as_string();
    if (!text.starts_with(file_prefix)) {
        text = unescape(std::move(text));
        return;
    }
    auto const name = text.substr(file_prefix.size());
    if (name.empty() || name.find('/') != std::string::npos || name.starts_with("."))
        throw problem("refers to \"" + text + "\", which is not a file beside it");
    try {
        text = read_text(dir / name);
    } catch (problem const& p) {
        throw problem("refers to " + name + ", which " + p.what());
    }
    // Editors end a file with a newline; the prompt itself does not get one.
    if (text.ends_with('\n')) text.pop_back();
    if (text.find('\0') != std::string::npos)
        throw problem("refers to " + name + ", which is not a text file");
}

} // namespace

void load_prompts(fs::path const& dir, json::value& document)
{
    load_prompt(dir, document.find("general_prompt"));
    load_prompt(dir, document.find("global_prompt"));
    if (auto* const states = document.find("states"); states && states->is_array())
        for (auto& state : states->as_array()) load_prompt(dir, state.find("state_prompt"));
    if (auto* const texts = document.find("knowledge_base_texts"); texts && texts->is_array())
        for (auto& text : texts->as_array()) load_prompt(dir, text.find("text"));
}

std::vector<fs::path> json_files(fs::path const& dir)
{
    std::vector<fs::path> files;
    std::error_code ec;
    if (!fs::exists(dir, ec)) return files;
    fs::directory_iterator it(dir, ec);
    if (ec) throw problem("cannot be listed: " + ec.message());
    for (auto const& e : it)
        if (e.path().extension() == ".json") files.push_back(e.path());
    std::ranges::sort(files);
    return files;
}

} // namespace trunkline::sync::detail
