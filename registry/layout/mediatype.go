package layout

import (
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
)

// mediaTypeOf returns the type of a manifest: from its descriptor, else from the manifest, else from its keys. The
// descriptor and the manifest must not differ (CVE-2021-41190).
func mediaTypeOf(raw []byte, listed types.MediaType) (types.MediaType, error) {
	document, err := parseObject(raw)
	known := listed.IsImage() || listed.IsIndex()
	switch {
	case err != nil && known:
		return "", registry.Errorf(registry.ErrUnverified, "not a valid %s: %w", listed, err)
	case err != nil && listed != "": // image-layout.md allows any content in index.json
		return listed, nil
	case err != nil:
		return "", registry.Errorf(registry.ErrNotFound, "not a manifest: %w", err)
	}
	text, err := document.text("mediaType")
	body := types.MediaType(text)
	switch {
	case err != nil:
		return "", registry.Errorf(registry.ErrUnverified, "%w", err)
	case listed == "" && body == "":
		return sniff(document)
	case listed == "":
		return body, nil
	case body != "" && body != listed:
		return "", registry.Errorf(registry.ErrUnverified, "the index lists the manifest as %s, but its mediaType is %s", quote(string(listed)), quote(text))
	}
	return listed, nil
}

// sniff derives the type of a manifest without a media type from its keys. Docker's manifests always have a type.
func sniff(document object) (types.MediaType, error) {
	index := document.get("manifests") != nil
	image := document.get("config") != nil && document.get("layers") != nil
	switch {
	case index && (document.get("config") != nil || document.get("layers") != nil):
		return "", registry.Errorf(registry.ErrUnverified, "the manifest is ambiguous: it lists both manifests and layers")
	case index:
		return types.OCIImageIndex, nil
	case image:
		return types.OCIManifestSchema1, nil
	}
	return "", registry.Errorf(registry.ErrNotFound, "not a manifest: it has neither manifests nor config and layers")
}
