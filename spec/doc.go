// Package spec says what the user asks for: which images, for which platforms, under which name.
//
// A [Spec] comes from a YAML or JSON file ([Load]) or from command-line arguments ([FromArgs]). Every reference,
// platform and tag in a Spec is valid. The package does not use the network.
//
// # Platforms
//
// A platform has the fields os, architecture, variant, os.version, os.features and features of the image-spec
// (image-index.md, "platform"). A field without a value is open.
//
//   - [platforms.Normalise] gives the words the form that they have in images: x86_64 is amd64, aarch64 is arm64, armhf is
//     arm/v7, and the variant armv7 is v7. Other spellings never get into an index.
//   - Some architectures have a default variant: amd64 is amd64/v1, arm64 is arm64/v8, arm is arm/v7. An index keeps
//     the variant as it is given, with or without the default.
//   - [platforms.Exact] is the strict comparison: os, architecture, variant with the defaults, and os.version are equal.
//     linux/arm64 and linux/arm64/v8 are an exact match. linux/amd64 and linux/amd64/v3 are not.
//   - [platforms.Matches] is the lenient comparison: an open field of the request matches any value. linux/arm matches arm/v6
//     and arm/v7. The two directions differ: a request for linux/arm/v6 does not match linux/arm, which is arm/v7.
//   - [platforms.Equivalent] compares all fields, with the defaults.
//   - [platforms.Check] refuses an unknown os, an unknown architecture, and a pair that cannot exist, such as
//     windows/s390x. The option --allow-unknown-platform accepts them.
//
// The platform of an [Entry] has three states for each field. A field with a value is written as it is. An open
// field takes its value from the image. An os.version or os.features that the spec gives as empty (os.version: "")
// stays out of the index, whatever the image says. The platform none keeps the whole platform out.
package spec
