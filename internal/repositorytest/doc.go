// Package repositorytest holds what every [registry.Repository] must do, as tests that use nothing
// but the interface: a registry and a folder on disk have to pass the same ones.
package repositorytest

import (
	"testing"

	"github.com/manifest-tool/manifest-tool/registry"
)

// A Maker gives a test two empty repositories of one implementation, which can be written: the one
// that is tested, and another that it may copy from.
type Maker func(t *testing.T) (repo, other registry.Repository)

// Run runs the suite. Every test gets fresh repositories.
func Run(t *testing.T, make Maker) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, repo, other registry.Repository)
	}{
		{"empty", testEmpty},
		{"blob from memory", testBlobFromMemory},
		{"blob from another", testBlobFromOther},
		{"blob of no bytes", testEmptyBlob},
		{"large blob", testLargeBlob},
		{"blob from the one that has it", testSeveralSources},
		{"blob that nobody has", testNoSource},
		{"blob from a source that lies", testLyingSources},
		{"blob from a source that breaks", testBrokenSource},
		{"blob with a wrong descriptor", testWrongDescriptor},
		{"image by tag", testImageByTag},
		{"image by digest", testImageByDigest},
		{"exact bytes", testExactBytes},
		{"indexes", testIndexes},
		{"tags", testTags},
		{"tag that moves", testTagMoves},
		{"tag grammar", testTagGrammar},
		{"again", testAgain},
		{"image without its blobs", testMissingBlobs},
		{"index without its children", testMissingChildren},
		{"bytes under another digest", testDigestMismatch},
		{"manifest that is too large", testTooLarge},
		{"finished context", testCancelled},
		{"context that ends while copying", testCancelledCopy},
		{"same blob at once", testSameBlobAtOnce},
		{"different blobs at once", testBlobsAtOnce},
		{"different tags at once", testTagsAtOnce},
	} {
		t.Run(test.name, func(t *testing.T) {
			repo, other := make(t)
			test.run(t, repo, other)
		})
	}
}
