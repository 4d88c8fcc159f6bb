using Kiln.Compiler.Architectures;
using Kiln.Compiler.Checkpoints;
using Kiln.Compiler.Passes;

namespace Kiln.Compiler.Emit;

/// <summary>All that the emitter turns into text.</summary>
/// <param name="Manifest">Checkpoint and item.</param>
/// <param name="Class">Name of the class in transformers.</param>
/// <param name="Architecture">The graph after all passes, and the constants.</param>
/// <param name="Memory">Places of the values.</param>
/// <param name="Packing">Places of the weights.</param>
/// <param name="Generation">Generation defaults.</param>
internal sealed record ModelToEmit(
    Manifest Manifest,
    string Class,
    ArchitectureResult Architecture,
    MemoryPlan Memory,
    PackingResult Packing,
    GenerationDefaults Generation);
