#include "call_view.hpp"

#include "console.hpp"
#include "files.hpp"

#include <trunkline/core/time.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

namespace cli {

using trunkline::retell::call_record;

namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 14> media_types{
    {{".csv", "text/csv"},
        {".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
        {".htm", "text/html"}, {".html", "text/html"}, {".jpg", "image/jpeg"},
        {".json", "application/json"}, {".m4a", "audio/mp4"}, {".md", "text/markdown"},
        {".mp3", "audio/mpeg"}, {".pdf", "application/pdf"}, {".png", "image/png"},
        {".txt", "text/plain"}, {".wav", "audio/wav"},
        {".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}}};

std::string media_type_of(std::filesystem::path const& file)
{
    auto const extension = file.extension().string();
    auto const* const found = std::ranges::find(
        media_types, std::string_view(extension), [](auto const& row) { return row.first; });
    return found == media_types.end() ? "application/octet-stream" : std::string(found->second);
}

std::string ended_as(call_record const& r)
{
    if (r.attempt == 0) return "not sent";
    return r.status == 0 ? "no answer" : "HTTP " + std::to_string(r.status);
}

} // namespace

json::array explained(std::vector<call_record> const& calls)
{
    json::array out;
    for (auto const& r : calls) out.push_back(to_json(r));
    return out;
}

void explain(console& out, std::vector<call_record> const& calls)
{
    for (auto const& r : calls) {
        auto text = std::to_string(r.call) + "." + std::to_string(r.attempt) + "  " +
            std::string(r.op->method) + " " + r.target + "  " + ended_as(r) + " (" +
            std::string(name(r.outcome)) + ")  waited " + std::to_string(r.waited.count()) +
            " ms, took " + std::to_string(r.took.count() / 1000) + " ms";
        if (r.retry_in) text += ", again in " + std::to_string(r.retry_in->count()) + " ms";
        if (r.previous_key) text += ", with the previous key";
        if (!r.request_id.empty()) text += ", request " + r.request_id;
        out.note(text + ": " + r.why);
    }
}

trunkline::retell::attachment read_attachment(std::string const& argument)
{
    auto const equals = argument.find('=');
    if (equals == argument.npos || equals == 0 || equals + 1 == argument.size())
        throw usage_error("--file: \"" + argument + "\" is not FIELD=PATH");
    constexpr std::string_view type_mark = ";type=";
    auto const type_at = argument.rfind(type_mark);
    std::filesystem::path const path = argument.substr(
        equals + 1, type_at == argument.npos ? argument.npos : type_at - equals - 1);
    trunkline::retell::attachment file;
    file.field = argument.substr(0, equals);
    file.filename = path.filename().string();
    file.content_type = type_at == argument.npos ? media_type_of(path)
                                                 : argument.substr(type_at + type_mark.size());
    file.content = read_file(path);
    return file;
}

} // namespace cli
