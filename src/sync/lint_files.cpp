#include <trunkline/sync/lint_files.hpp>

#include "retell/lint_parts.hpp"
#include "sync/bundle_files.hpp"

#include <trunkline/core/diagnostics.hpp>
#include <trunkline/core/error.hpp>
#include <trunkline/sync/bundle.hpp>

#include <algorithm>
#include <array>
#include <system_error>

namespace trunkline::sync {
namespace {

namespace fs = std::filesystem;
using retell::lint_document;
using retell::lint_finding;
using retell::resource_kind;

constexpr std::array every_kind{resource_kind::agent, resource_kind::llm, resource_kind::flow,
    resource_kind::phone_number, resource_kind::knowledge_base};

class file_linter {
public:
    explicit file_linter(retell::lint_config const& config) : config_(config) {}

    void take(fs::path const& path)
    {
        std::error_code ec;
        if (!fs::exists(path, ec))
            throw error(errc::not_found, path.string() + ": there is no such file or folder");
        if (!fs::is_directory(path, ec)) return take_loose(path, path.string());
        auto const before = files_;
        bool const is_bundle = std::ranges::any_of(
            every_kind, [&](resource_kind k) { return fs::is_directory(path / folder(k), ec); });
        if (is_bundle) take_bundle(path);
        else
            for (auto const& file : list(path))
                if (file.filename() != lint_config_name && file.filename() != "trunkline.json")
                    take_loose(file, file.filename().string());
        if (files_ == before)
            throw error(errc::invalid_argument, path.string() + " holds no documents to look at");
    }

    lint_report finish()
    {
        lint_report out;
        out.findings = std::move(unreadable_);
        for (auto& f : retell::lint(documents_, config_)) out.findings.push_back(std::move(f));
        out.documents = files_;
        for (auto const& f : out.findings)
            ++(f.severity == retell::lint_severity::error ? out.errors : out.warnings);
        return out;
    }

private:
    static std::vector<fs::path> list(fs::path const& dir)
    {
        try {
            return detail::files_of(dir, ".json");
        } catch (detail::problem const& p) {
            throw error(errc::invalid_argument, dir.string() + " " + p.what());
        }
    }

    void take_bundle(fs::path const& dir)
    {
        for (auto const kind : every_kind)
            for (auto const& file : list(dir / folder(kind))) {
                lint_document d;
                d.kind = kind;
                d.file = std::string(folder(kind)) + "/" + file.filename().string();
                d.reference = "@" + std::string(folder(kind)) + "/" + file.stem().string();
                d.from_file = true;
                read(std::move(d), file, [&](json::value& document) {
                    detail::load_prompts(file.parent_path(), document);
                });
            }
    }

    void take_loose(fs::path const& file, std::string name)
    {
        lint_document d;
        d.file = std::move(name);
        read(std::move(d), file, [](json::value&) {});
    }

    template <class Complete>
    void read(lint_document d, fs::path const& file, Complete complete)
    {
        ++files_;
        try {
            d.document = detail::read_json(file);
            complete(d.document);
            if (!d.from_file) {
                auto const kind = retell::guess_kind(d.document);
                if (!kind) throw detail::problem("is no agent, LLM, flow or phone number");
                d.kind = *kind;
            }
            documents_.push_back(std::move(d));
        } catch (detail::problem const& p) {
            retell::detail::lint_sink(config_, d.file, unreadable_)
                .add("unreadable", json::pointer(), p.what());
        }
    }

    retell::lint_config const& config_;
    std::vector<lint_document> documents_;
    std::vector<lint_finding> unreadable_;
    std::size_t files_ = 0;
};

} // namespace

json::value to_json(lint_report const& r)
{
    json::array findings;
    for (auto const& f : r.findings) findings.push_back(retell::to_json(f));
    return json::object{{"documents", r.documents}, {"errors", r.errors}, {"warnings", r.warnings},
        {"findings", std::move(findings)}};
}

lint_report lint_files(std::span<fs::path const> paths, retell::lint_config const& config)
{
    file_linter all(config);
    for (auto const& path : paths) all.take(path);
    return all.finish();
}

retell::lint_config read_lint_config(fs::path const& file)
{
    try {
        return retell::lint_config::from_json(detail::read_json(file));
    } catch (detail::problem const& p) {
        throw error(errc::invalid_argument, file.string() + " " + p.what());
    } catch (error const& e) {
        throw error(e.code(), file.string() + ": " + e.what());
    }
}

retell::lint_config own_lint_config(std::span<fs::path const> paths)
{
    if (paths.size() != 1) return {};
    std::error_code ec;
    auto const own = paths.front() / lint_config_name;
    return fs::exists(own, ec) ? read_lint_config(own) : retell::lint_config();
}

} // namespace trunkline::sync
