namespace StickGen.Kernels.Vnni;

/// <summary>General-purpose registers, by their numbers in machine code.</summary>
internal enum Register
{
    Rax, Rcx, Rdx, Rbx, Rsp, Rbp, Rsi, Rdi, R8, R9, R10, R11, R12, R13, R14, R15,
}

/// <summary>An address: a register, another one, and a displacement.</summary>
/// <param name="Base">The first register.</param>
/// <param name="Index">What is added to it.</param>
/// <param name="Displacement">In bytes.</param>
internal readonly record struct Address(Register Base, Register? Index = null, int Displacement = 0);

/// <summary>
/// Writes the few x64 instructions that <see cref="TileCode"/> and <see cref="PanelCode"/> need, as in the Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2. Vectors have 512 bits, and their registers are
/// zmm0 to zmm15.
/// </summary>
internal sealed class X64Assembler
{
    private const byte Map0F = 1, Map0F38 = 2;
    private const byte Prefix66 = 1, PrefixF3 = 2;

    private readonly List<byte> code = [];

    /// <summary>What was written so far.</summary>
    public ReadOnlySpan<byte> Code => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(code);

    /// <summary>A place to jump back to.</summary>
    public int Here => code.Count;

    public void Push(Register register) => PushOrPop(0x50, register);

    public void Pop(Register register) => PushOrPop(0x58, register);

    public void Return() => code.Add(0xC3);

    /// <summary>A constant of 32 bits; the others become 0.</summary>
    public void Set(Register target, int value)
    {
        if (target >= Register.R8)
            code.Add(0x41);
        code.Add((byte)(0xB8 | ((int)target & 7)));
        code.AddRange(BitConverter.GetBytes(value));
    }

    /// <summary><c>xgetbv</c>: the control register that <c>ecx</c> names, to <c>edx:eax</c>.</summary>
    public void ReadControlRegister() => code.AddRange([0x0F, 0x01, 0xD0]);

    /// <summary>64 bits from memory.</summary>
    public void Load(Register target, Address source) => General(0x8B, (int)target, source);

    /// <summary>32 bits from memory, with their sign.</summary>
    public void LoadInt32(Register target, Address source) => General(0x63, (int)target, source);

    /// <summary><c>lea</c>: an address itself.</summary>
    public void LoadAddress(Register target, Address source) => General(0x8D, (int)target, source);

    /// <summary>Adds 64 bits of memory.</summary>
    public void Add(Register target, Address source) => General(0x03, (int)target, source);

    public void Add(Register target, int value)
    {
        code.AddRange([Rex(0, 0, (int)target), 0x81, (byte)(0xC0 | ((int)target & 7))]);
        code.AddRange(BitConverter.GetBytes(value));
    }

    public void Compare(Register left, Address right) => General(0x3B, (int)left, right);

    public void Compare(Register left, Register right) => code.AddRange([Rex((int)right, 0, (int)left), 0x39, (byte)(0xC0 | (((int)right & 7) << 3) | ((int)left & 7))]);

    /// <summary>Jumps back where the left operand of the comparison was below the right one, without sign.</summary>
    public void JumpIfBelow(int target)
    {
        code.AddRange([0x0F, 0x82]);
        code.AddRange(BitConverter.GetBytes(target - (code.Count + 4)));
    }

    /// <summary>Jumps forward where the left operand was not below the right one; to where <see cref="Land"/> is called.</summary>
    public int JumpIfNotBelow()
    {
        code.AddRange([0x0F, 0x83, 0, 0, 0, 0]);
        return code.Count;
    }

    /// <summary>Ends a jump forward here.</summary>
    public void Land(int jump)
    {
        var distance = BitConverter.GetBytes(code.Count - jump);
        for (var i = 0; i < distance.Length; i++)
            code[jump - distance.Length + i] = distance[i];
    }

    /// <summary><c>vmovdqu32</c> from memory.</summary>
    public void LoadVector(int target, Address source) => Vector(PrefixF3, Map0F, 0x6F, target, 0, source);

    /// <summary><c>vmovdqu32</c> to memory.</summary>
    public void StoreVector(Address target, int source) => Vector(PrefixF3, Map0F, 0x7F, source, 0, target);

    /// <summary><c>vmovdqa32</c>.</summary>
    public void Move(int target, int source) => Vector(Prefix66, Map0F, 0x6F, target, 0, source);

    /// <summary><c>vpxord</c> of a register with itself.</summary>
    public void Clear(int target) => Vector(Prefix66, Map0F, 0xEF, target, target, target);

    /// <summary><c>vpandd</c>.</summary>
    public void And(int target, int left, int right) => Vector(Prefix66, Map0F, 0xDB, target, left, right);

    /// <summary><c>vpsrld</c> by a number of bits.</summary>
    public void ShiftRight(int target, int source, byte bits)
    {
        // The register before the last one is the target; a 2 in the place of the first is part of the instruction.
        Vector(Prefix66, Map0F, 0x72, 2, target, source);
        code.Add(bits);
    }

    /// <summary><c>vpaddd</c>.</summary>
    public void AddInt32(int target, int left, int right) => Vector(Prefix66, Map0F, 0xFE, target, left, right);

    /// <summary><c>vpbroadcastd</c>: 32 bits of memory into every lane.</summary>
    public void Broadcast(int target, Address source) => Vector(Prefix66, Map0F38, 0x58, target, 0, source);

    /// <summary><c>vpdpbusd</c>: to each 32-bit lane of the sums the four products of unsigned bytes with signed ones, exactly.</summary>
    public void MultiplyAdd(int sums, int unsigned, int signed) => Vector(Prefix66, Map0F38, 0x50, sums, unsigned, signed);

    /// <summary><c>vzeroupper</c>.</summary>
    public void ZeroUpper() => code.AddRange([0xC5, 0xF8, 0x77]);

    private void PushOrPop(byte opcode, Register register)
    {
        if (register >= Register.R8)
            code.Add(0x41);
        code.Add((byte)(opcode | ((int)register & 7)));
    }

    private void General(byte opcode, int register, Address address)
    {
        code.Add(Rex(register, (int)(address.Index ?? 0), (int)address.Base));
        code.Add(opcode);
        Memory(register, address);
    }

    /// <summary>The prefix of 64-bit operands, with the highest bits of three registers.</summary>
    private static byte Rex(int register, int index, int @base) => (byte)(0x48 | (register >> 3 << 2) | (index >> 3 << 1) | (@base >> 3));

    private void Vector(byte prefix, byte map, byte opcode, int register, int second, int third)
    {
        Evex(prefix, map, register, second, 0, third);
        code.AddRange([opcode, (byte)(0xC0 | ((register & 7) << 3) | (third & 7))]);
    }

    private void Vector(byte prefix, byte map, byte opcode, int register, int second, Address address)
    {
        Evex(prefix, map, register, second, (int)(address.Index ?? 0), (int)address.Base);
        code.Add(opcode);
        Memory(register, address);
    }

    /// <summary>The prefix of 512-bit vectors without masks, in which the highest bits of registers are inverted.</summary>
    private void Evex(byte prefix, byte map, int register, int second, int index, int @base) => code.AddRange(
    [
        0x62,
        (byte)(((~register & 8) << 4) | ((~index & 8) << 3) | ((~@base & 8) << 2) | 0x10 | map),
        (byte)(((~second & 15) << 3) | 4 | prefix),
        0x48,
    ]);

    /// <summary>The operands: a register, and an address that always has its displacement in 32 bits, unless it is 0.</summary>
    private void Memory(int register, Address address)
    {
        const int NeedsIndexByte = 4, NeedsDisplacement = 5;
        var @base = (int)address.Base & 7;
        var mode = address.Displacement == 0 && @base != NeedsDisplacement ? 0 : 0x80;
        var hasIndexByte = address.Index is not null || @base == NeedsIndexByte;
        code.Add((byte)(mode | ((register & 7) << 3) | (hasIndexByte ? NeedsIndexByte : @base)));
        if (hasIndexByte)
            code.Add((byte)((((int)(address.Index ?? Register.Rsp) & 7) << 3) | @base));
        if (mode != 0)
            code.AddRange(BitConverter.GetBytes(address.Displacement));
    }
}
