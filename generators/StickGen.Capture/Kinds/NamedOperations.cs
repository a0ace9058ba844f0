namespace StickGen.Kinds;

/// <summary>
/// Functions, tensor methods and operators of TorchSharp that are captured by name: what they read is known, and that they compute nothing but
/// their results. They have no kind of their own, so that neither shapes nor channels are followed through them. What is in none of the lists is opaque.
/// </summary>
internal static class NamedOperations
{
    private static readonly HashSet<string> Names = new(
        string.Join(" ", Layers, Losses, Algebra, Elements, Reductions, Selections, Arrangements, Sources, Signals, Operators).Split([' '], StringSplitOptions.RemoveEmptyEntries),
        StringComparer.Ordinal);

    private const string Layers =
        "linear bilinear conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d batch_norm instance_norm local_response_norm normalize embedding embedding_bag "
        + "multi_head_attention_forward lp_pool1d lp_pool2d lp_pool3d fractional_max_pool2d fractional_max_pool3d max_unpool1d max_unpool2d max_unpool3d adaptive_max_pool1d "
        + "adaptive_max_pool3d adaptive_avg_pool3d max_pool1d_with_indices max_pool2d_with_indices max_pool3d_with_indices fold unfold grid_sample affine_grid pixel_unshuffle "
        + "one_hot glu rrelu rrelu_ hardshrink softshrink threshold threshold_ softmin gumbel_softmax alpha_dropout feature_alpha_dropout feature_dropout cosine_similarity "
        + "pairwise_distance pdist cdist";

    private const string Losses =
        "binary_cross_entropy binary_cross_entropy_with_logits cross_entropy nll_loss mse_loss l1_loss smooth_l1_loss huber_loss kl_div ctc_loss poisson_nll_loss gaussian_nll_loss "
        + "cosine_embedding_loss hinge_embedding_loss margin_ranking_loss multi_margin_loss multilabel_margin_loss multilabel_soft_margin_loss soft_margin_loss triplet_margin_loss";

    private const string Algebra =
        "einsum tensordot outer inner dot vdot mv addmm addmm_ addmv addmv_ addbmm baddbmm addr ger kron cross bilinear chain_matmul matrix_power norm vector_norm matrix_norm det slogdet "
        + "inverse inv pinverse pinv svd qr cholesky eigh eigvalsh solve lstsq diag diagonal diag_embed trace vander cov corrcoef";

    private const string Elements =
        "acos acosh asin asinh atan atan2 atanh tan sinh cosh ceil ceil_ trunc trunc_ fix frac frac_ sign sign_ signbit sgn exp2 expm1 log10 log1p log2 logit erfc xlogy hypot lerp lerp_ "
        + "fmod fmod_ remainder remainder_ true_divide floor_divide float_power copysign fmax fmin rad2deg deg2rad heaviside nan_to_num isnan isinf isfinite isposinf isneginf isclose "
        + "logical_and logical_or logical_xor logical_not logical_and_ logical_or_ logical_xor_ logical_not_ bitwise_and bitwise_or bitwise_xor bitwise_not greater greater_equal less "
        + "less_equal not_equal equal gt_ lt_ ge_ le_ eq_ ne_ addcdiv addcdiv_ real imag conj angle view_as_real view_as_complex polar complex sinc square_ tanh_ softplus_ nan_to_num_";

    private const string Reductions =
        "max min prod median mode quantile nanquantile logsumexp logaddexp cumprod cummax cummin any all argmin argsort sort topk kthvalue unique unique_consecutive count_nonzero nansum nanmean "
        + "nanmedian aminmax bincount histc var_mean std_mean renorm searchsorted bucketize diff";

    private const string Selections =
        "index masked_select masked_scatter masked_scatter_ take take_along_dim nonzero nonzero_static scatter scatter_ scatter_add scatter_add_ scatter_reduce index_add index_add_ index_copy "
        + "index_copy_ index_fill index_fill_ index_put index_put_ tensor_split hsplit vsplit dsplit select_scatter slice_scatter diagonal_scatter tril_indices triu_indices";

    private const string Arrangements =
        "hstack vstack dstack column_stack row_stack block_diag rot90 fliplr flipud movedim moveaxis swapaxes_ atleast_1d atleast_2d atleast_3d ravel tile cartesian_prod combinations meshgrid "
        + "broadcast_tensors as_strided adjoint H mH resize_as reshape_as pack_padded_sequence pad_packed_sequence pad_sequence cpu cuda to_dense to_sparse requires_grad_ values "
        + "fill_ zero_ copy_ unsafe_chunk unsafe_split";

    private const string Sources =
        "tensor as_tensor from_array frombuffer empty empty_like empty_strided new_empty new_zeros new_ones new_full new_tensor rand rand_like randn randn_like randint randint_like randperm "
        + "normal normal_ uniform_ bernoulli bernoulli_ exponential_ geometric_ log_normal_ cauchy_ random_ multinomial poisson linspace logspace range eye hann_window hamming_window "
        + "blackman_window bartlett_window kaiser_window";

    private const string Signals =
        "stft istft fft ifft fft2 ifft2 fftn ifftn rfft irfft rfft2 irfft2 hfft ihfft fftshift ifftshift fftfreq rfftfreq spectrogram melspectrogram griffinlim inverse_spectrogram melscale_fbanks "
        + "amplitude_to_DB resample gaussian_blur drop_block2d drop_block3d stochastic_depth nms batched_nms roi_align roi_pool ps_roi_align ps_roi_pool sigmoid_focal_loss box_iou "
        + "generalized_box_iou box_area box_convert clip_boxes_to_image";

    private const string Operators =
        "op_Modulus op_BitwiseAnd op_BitwiseOr op_ExclusiveOr op_OnesComplement op_LogicalNot op_LeftShift op_RightShift op_Equality op_Inequality";

    /// <summary>Whether a function, tensor method, property or operator of TorchSharp is captured by this name: one of the lists, or of a known kind in a form that the kind has no settings for.</summary>
    public static bool Contains(string name) => Names.Contains(name) || NodeKinds.OfCall(name).Any() || NodeKinds.OfCall("." + name).Any();
}
