package registry

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/manifest-tool/manifest-tool/internal/rawjson"
)

// fields are the keys that decide what a manifest is and refers to. encoding/json takes them in any
// case, other readers do not, or take another of two: so one document could be two (CVE-2021-41190).
var fields = []string{
	"schemaVersion", "mediaType", "artifactType", "config", "layers", "manifests", "subject", "annotations",
	"digest", "size", "urls", "data", "platform", "architecture", "os", "os.version", "os.features", "variant", "features",
}

// platformFields are those of them that say what an image runs on.
var platformFields = []string{"architecture", "os", "os.version", "os.features", "variant"}

// checkReadings refuses a document that two readers may read in two ways. The document is valid JSON within
// the bounds of [CheckBounds].
func checkReadings(raw []byte) error {
	if !utf8.Valid(raw) {
		return Errorf(ErrUnverified, "the JSON is not UTF-8")
	}
	return checkValue(raw, true)
}

// checkConfig is the same for the config of an image, of which only the platform is read. Its labels may
// have any key.
func checkConfig(raw []byte) error {
	if rawjson.Begins(raw) != '{' {
		return Errorf(ErrUnverified, "not a JSON object")
	}
	seen := map[string]bool{}
	for key := range rawjson.Members(raw) {
		i := slices.IndexFunc(platformFields, func(f string) bool { return strings.EqualFold(f, key) })
		if i < 0 {
			continue
		}
		if seen[key] || key != platformFields[i] {
			return ambiguousKey(key)
		}
		seen[key] = true
	}
	return nil
}

func ambiguousKey(key string) error {
	return Errorf(ErrUnverified, "the key %q differs from a known key only in case, and clients disagree on it", shownKey(key))
}

// shownKey is a key for an error. A key from outside may be as long as its document.
func shownKey(key string) string {
	const most = 200
	if len(key) > most {
		return strings.ToValidUTF8(key[:most], "") + "…"
	}
	return key
}

// checkValue checks one value. In annotations any key goes, once.
func checkValue(raw []byte, decides bool) error {
	switch rawjson.Begins(raw) {
	case '[':
		for element := range rawjson.Elements(raw) {
			if err := checkValue(element, decides); err != nil {
				return err
			}
		}
	case '{':
		return checkObject(raw, decides)
	}
	return nil
}

func checkObject(raw []byte, decides bool) error {
	seen := map[string]bool{}
	for key, value := range rawjson.Members(raw) {
		if seen[key] {
			return Errorf(ErrUnverified, "the key %q occurs twice", shownKey(key))
		}
		seen[key] = true
		if decides && !slices.Contains(fields, key) && slices.ContainsFunc(fields, func(f string) bool { return strings.EqualFold(f, key) }) {
			return ambiguousKey(key)
		}
		if err := checkValue(value, decides && key != "annotations"); err != nil {
			return err
		}
	}
	return nil
}
