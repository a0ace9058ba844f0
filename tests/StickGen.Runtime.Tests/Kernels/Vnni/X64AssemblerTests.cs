using StickGen.Kernels.Vnni;
using static StickGen.Kernels.Vnni.Register;

namespace StickGen.Runtime.Tests.Kernels.Vnni;

/// <summary>Instructions are written as GNU as 2.40 writes them, with displacements in 32 bits.</summary>
public sealed class X64AssemblerTests
{
    private static readonly (string Text, string Bytes, Action<X64Assembler> Write)[] instructions =
    [
        ("push rbx", "53", code => code.Push(Rbx)),
        ("push r12", "4154", code => code.Push(R12)),
        ("pop rbp", "5d", code => code.Pop(Rbp)),
        ("pop r15", "415f", code => code.Pop(R15)),
        ("ret", "c3", code => code.Return()),
        ("mov ecx, 0", "b900000000", code => code.Set(Rcx, 0)),
        ("mov r9d, 7", "41b907000000", code => code.Set(R9, 7)),
        ("xgetbv", "0f01d0", code => code.ReadControlRegister()),
        ("mov r13, [rdi+8]", "4c8baf08000000", code => code.Load(R13, new(Rdi, Displacement: 8))),
        ("mov r11, [rdi+56]", "4c8b9f38000000", code => code.Load(R11, new(Rdi, Displacement: 56))),
        ("mov rax, [r12]", "498b0424", code => code.Load(Rax, new(R12))),
        ("movsxd r10, dword ptr [r13+28]", "4d63951c000000", code => code.LoadInt32(R10, new(R13, Displacement: 28))),
        ("movsxd rax, dword ptr [r13]", "49638500000000", code => code.LoadInt32(Rax, new(R13))),
        ("movsxd r11, dword ptr [r14]", "4d631e", code => code.LoadInt32(R11, new(R14))),
        ("add r9, [rdi]", "4c030f", code => code.Add(R9, new Address(Rdi))),
        ("add rbp, 512", "4881c500020000", code => code.Add(Rbp, 512)),
        ("add r14, 1024", "4981c600040000", code => code.Add(R14, 1024)),
        ("cmp r13, [rdi+16]", "4c3baf10000000", code => code.Compare(R13, new Address(Rdi, Displacement: 16))),
        ("cmp rcx, rsi", "4839f1", code => code.Compare(Rcx, Rsi)),
        ("cmp r8, r11", "4d39d8", code => code.Compare(R8, R11)),
        ("cmp rax, r9", "4c39c8", code => code.Compare(Rax, R9)),
        ("lea rsi, [rsi+rcx]", "488d340e", code => code.LoadAddress(Rsi, new(Rsi, Rcx))),
        ("lea r9, [r12+rax]", "4d8d0c04", code => code.LoadAddress(R9, new(R12, Rax))),
        ("vmovdqu32 zmm0, [r11]", "62d17e486f03", code => code.LoadVector(0, new(R11))),
        ("vmovdqu32 zmm8, [r12+65]", "62517e486f842441000000", code => code.LoadVector(8, new(R12, Displacement: 65))),
        ("vmovdqu32 zmm8, [r12]", "62517e486f0424", code => code.LoadVector(8, new(R12))),
        ("vmovdqu32 [rbp], zmm7", "62f17e487fbd00000000", code => code.StoreVector(new(Rbp), 7)),
        ("vmovdqu32 [rbp+449], zmm15", "62717e487fbdc1010000", code => code.StoreVector(new(Rbp, Displacement: 449), 15)),
        ("vmovdqa32 zmm7, zmm0", "62f17d486ff8", code => code.Move(7, 0)),
        ("vmovdqa32 zmm12, zmm9", "62517d486fe1", code => code.Move(12, 9)),
        ("vpxord zmm3, zmm3, zmm3", "62f16548efdb", code => code.Clear(3)),
        ("vpxord zmm11, zmm11, zmm11", "62512548efdb", code => code.Clear(11)),
        ("vpandd zmm9, zmm8, zmm15", "62513d48dbcf", code => code.And(9, 8, 15)),
        ("vpandd zmm10, zmm10, zmm3", "62712d48dbd3", code => code.And(10, 10, 3)),
        ("vpsrld zmm10, zmm8, 4", "62d12d4872d004", code => code.ShiftRight(10, 8, 4)),
        ("vpsrld zmm3, zmm2, 6", "62f1654872d206", code => code.ShiftRight(3, 2, 6)),
        ("vpaddd zmm1, zmm1, zmm5", "62f17548fecd", code => code.AddInt32(1, 1, 5)),
        ("vpaddd zmm9, zmm10, zmm2", "62712d48feca", code => code.AddInt32(9, 10, 2)),
        ("vpbroadcastd zmm9, dword ptr [rax+r11]", "62327d48580c18", code => code.Broadcast(9, new(Rax, R11))),
        ("vpbroadcastd zmm12, dword ptr [r10+r11]", "62127d4858241a", code => code.Broadcast(12, new(R10, R11))),
        ("vpbroadcastd zmm1, dword ptr [rbp+rcx]", "62f27d48588c0d00000000", code => code.Broadcast(1, new(Rbp, Rcx))),
        ("vpdpbusd zmm0, zmm9, zmm8", "62d2354850c0", code => code.MultiplyAdd(0, 9, 8)),
        ("vpdpbusd zmm13, zmm2, zmm14", "62526d4850ee", code => code.MultiplyAdd(13, 2, 14)),
        ("vzeroupper", "c5f877", code => code.ZeroUpper()),
    ];

    [Fact]
    public void Instructions_are_those_of_another_assembler()
    {
        Assert.All(instructions, instruction =>
        {
            var code = new X64Assembler();
            instruction.Write(code);
            Assert.Equal((instruction.Text, instruction.Bytes), (instruction.Text, Convert.ToHexStringLower(code.Code)));
        });
    }

    [Fact]
    public void Jumps_go_to_where_they_should()
    {
        var code = new X64Assembler();
        var forward = code.JumpIfNotBelow();
        var loop = code.Here;
        code.ZeroUpper();
        code.JumpIfBelow(loop);
        code.Land(forward);
        code.Return();
        // jae over nine bytes; vzeroupper; jb back over nine bytes; ret.
        Assert.Equal("0f8309000000" + "c5f877" + "0f82f7ffffff" + "c3", Convert.ToHexStringLower(code.Code));
    }
}
