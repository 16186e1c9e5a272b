// Package verify judges whether an image is whole, and whether it is what it says. Every function is pure: data in,
// data out.
//
//	Judge(contents, options)   -> findings about one image
//	Drift(plan, tag, contents) -> findings about what a spec would change
//	Lacking(contents)          -> the manifests and blobs that a repair has to bring
//
// [Contents] is what package resolve has read of one image. Each [Finding] has a rule with a stable name, see [Rules].
package verify
