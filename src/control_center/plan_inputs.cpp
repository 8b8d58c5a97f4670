#include "control_center/impl.hpp"

#include <trunkline/core/crypto.hpp>

#include <map>
#include <system_error>

/// What a plan that is kept for later was made from, beside the service.
namespace trunkline::detail {

namespace fs = std::filesystem;

namespace {

/// By the file's name without its ending: "agents/praxis-mueller".
std::map<std::string, json::value const*> documents_of(sync::bundle const& local)
{
    std::map<std::string, json::value const*> out;
    for (auto const& e : local.entries)
        out.emplace(std::string(sync::folder(e.kind)) + "/" + e.name, &e.document);
    return out;
}

} // namespace

void note_inputs(sync::plan& p, fs::path const& dir, sync::bundle const& local)
{
    std::error_code ec;
    auto const absolute = fs::absolute(dir, ec);
    p.folder = (ec ? dir : absolute).lexically_normal().string();
    if (p.units.empty()) return;
    auto const documents = documents_of(local);
    for (auto const& u : p.units)
        for (auto const& name : {u.name, u.engine_name})
            if (auto const found = documents.find(name);
                found != documents.end() && !p.local.contains(name))
                p.local.emplace(name, crypto::content_hash(*found->second));
}

std::vector<std::string> moved_inputs(control_center::impl& c, sync::plan const& p)
{
    std::vector<std::string> moved;
    if (!p.catalogue.empty() && p.catalogue != retell::catalogue_digest())
        moved.push_back("it was made by a trunkline with another field catalogue");
    if (p.folder.empty() || p.local.empty()) return moved;
    // On another machine there is no folder to look at: then the plan alone counts.
    auto const header = sync::read_header(p.folder);
    if (!header || header->workspace != p.workspace) return moved;
    std::vector<store::base_row> bases;
    auto const local = read_folder(c, p.folder, bases);
    auto const now = documents_of(local);
    for (auto const& [name, hash] : p.local) {
        auto const found = now.find(name);
        if (found == now.end()) moved.push_back(name + ": its file is gone");
        else if (crypto::content_hash(*found->second) != hash)
            moved.push_back(name + ": its file was edited");
    }
    return moved;
}

} // namespace trunkline::detail
