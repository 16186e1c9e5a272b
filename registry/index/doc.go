// Package index holds a multi-platform index as a value: entries that keep their bytes, what each
// entry is, which entries belong together, and how a platform selects them. It is pure: it reads
// nothing and writes nothing.
//
// # Entries
//
// Each entry has a [Kind]:
//
//   - Image: a container image. Its platform is that of its descriptor, else that of its config.
//   - Attestation: a manifest that BuildKit stores for an image of the index.
//   - Companion: a manifest that names an image of the index, in an annotation of its descriptor or as
//     its subject, and that is no image itself. SOCI indexes are companions.
//   - Artifact: any other manifest, such as an SBOM, a chart, a bundle config or a model. It may have
//     a platform, as disk images do.
//   - Nested: an index within the index.
//
// [Parse] finds kinds by descriptors alone. [Entry.Describe] and [Entry.Attach] add the facts of the manifests: an
// artifactType or the empty config (image-spec, manifest.md) makes an artifact of an image.
//
// A descriptor that names an os and an architecture says all of its platform: a variant or an os.version that
// it leaves out is not taken from the config.
//
// # Groups
//
// For one platform an index may hold several entries on purpose: gzip and zstd copies of an image, an
// image with os.features beside one without, a disk image beside a container image. The images and the
// artifacts of one platform are a group. Attestations and companions belong to the image that they
// name, and go where the image goes. An entry without a platform belongs to no group.
//
// Two platforms are one group if os, architecture, variant and os.version are equal. An architecture
// without a variant means its usual variant: amd64 is amd64/v1, arm64 is arm64/v8, arm is arm/v7.
//
// # Selection
//
// A platform selects the group that is equal to it. Only where no group is equal, a field that the
// platform leaves out matches any value. [Match] selects one group: several that fit are an error that
// lists them. [Select] takes a list of platforms, and each takes all groups that fit it. os.features
// that a platform names have to be there; a platform that names none takes the whole group.
//
// # Changes
//
// [Index.Put] replaces the group of a platform as a whole, with all that belongs to its images.
// A group that holds the same images already stays, unless the addition has other attestations or companions. An
// entry without a platform stays, too.
// [Index.Remove] removes a group as a whole, or one entry by its digest, with all that belongs to images
// which are not in the index any more. [Index.SetPlatform] takes the companions of an image along. An entry
// that is not changed keeps its bytes and its place.
//
// [Index.Add] and [Index.Write] carry all fields of a descriptor, in one order. They name the fields that a
// Docker list cannot hold. A platform keeps its spelling for an artifact, and its unknown fields.
//
// # Duplicates
//
// Two images are duplicates if they have one platform, come from different sources, and nothing distinguishes
// them: neither artifactType, os.features, the media type of the config, nor an annotation. An
// annotation that only describes a build, such as its date, revision or source, does not distinguish images.
package index
