# Reasons against a plan of manifest-tool, one a line.
def allowed: startswith("localhost:5000/", "registry.example/");

.images[].targets[] as $target
| (
    # no tag may lose a platform
    ($target.tags[] | "\($target.target):\(.tag) would lose \(.lostPlatforms // [] | .[])"),
    # images come from and go to these registries only
    ($target.target, $target.manifests[].source | select([allowed] | any | not) | "\(.) is not on an allowed registry")
  ),
# at most 2 GB are sent
(.totals.bytes.atMost | select(. > 2e9) | "the push may send \(.) bytes")
